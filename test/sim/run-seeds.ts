/** Runs many seeds over a few threads. */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Batch, Ran } from "./worker.ts";

export interface Seeds {
  readonly from: number;
  readonly count: number;
  readonly workers: number;
  /** The name of a mistake to put into the code. */
  readonly mutation?: string;
  readonly stopsAtWrong?: boolean;
  readonly onBatch?: (done: number, failed: number) => void;
}

const BATCH = 20;
const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url).href);

/** What each seed came to, in their order; with `stopsAtWrong` those up to one that failed. */
export async function runSeeds({
  from,
  count,
  workers,
  mutation,
  stopsAtWrong = false,
  onBatch,
}: Seeds): Promise<Ran[]> {
  const all: Ran[] = [];
  let next = from;
  const end = from + count;
  const one = async () => {
    const worker = new Worker(WORKER, { workerData: { mutation }, execArgv: [] });
    try {
      while (next < end && !(stopsAtWrong && all.some(({ wrongs }) => wrongs.length > 0))) {
        const batch: Batch = { from: next, count: Math.min(BATCH, end - next), stopsAtWrong };
        next += batch.count;
        all.push(...(await answerOf(worker, batch)));
        onBatch?.(all.length, all.filter(({ wrongs }) => wrongs.length > 0).length);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, Math.ceil(count / BATCH)) }, one));
  return all.sort((a, b) => a.seed - b.seed);
}

function answerOf(worker: Worker, batch: Batch): Promise<Ran[]> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number) => reject(new Error(`a thread ended with ${code} at seed ${batch.from}`));
    worker.once("error", reject);
    worker.once("exit", onExit);
    worker.once("message", (ran: Ran[]) => {
      worker.off("error", reject);
      worker.off("exit", onExit);
      resolve(ran);
    });
    worker.postMessage(batch);
  });
}
