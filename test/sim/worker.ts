/** A thread that runs worlds: as the code is, or with one mistake in it. */
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { mutated } from "./mutate.ts";
import { MUTATIONS } from "./mutations.ts";
import type { Outcome } from "./outcome.ts";

/** Seeds to run, in turn. */
export interface Batch {
  readonly from: number;
  readonly count: number;
  /** No further after the first that fails. */
  readonly stopsAtWrong: boolean;
}

export type Ran = Omit<Outcome, "trace" | "waited">;

const mutation = MUTATIONS.find(({ name }) => name === (workerData as { mutation?: string }).mutation);
if (mutation !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const changed = mutated(mutation, url, String(loaded.source ?? ""));
      return changed === undefined ? loaded : { ...loaded, source: changed };
    },
  });
}

// Only now, so that the mistake is in it.
const { runSeed } = await import("./run-world.ts");

parentPort?.on("message", ({ from, count, stopsAtWrong }: Batch) => {
  const outcomes: Ran[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const { trace: _trace, waited: _waited, ...ran } = runSeed(seed);
    outcomes.push(ran);
    if (stopsAtWrong && ran.wrongs.length > 0) break;
  }
  parentPort?.postMessage(outcomes);
});
