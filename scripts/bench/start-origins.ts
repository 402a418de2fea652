/** Starts the origin of a benchmark. */
import { type GuardedProcess, startGuarded } from "../lib/guarded.ts";
import { inProject } from "../lib/paths.ts";

/** One server on so many ports, so that the edge has as many origins and the same machine time goes into each. */
export async function startOrigins(
  count: number,
  running: { stop(): Promise<unknown> }[],
): Promise<number[]> {
  const ports = Promise.withResolvers<number[]>();
  const script = inProject("scripts/bench/origin.ts");
  const origin: GuardedProcess = startGuarded(process.execPath, [script, `${count}`], process.env, (line) => {
    if (line.startsWith("ports ")) ports.resolve(line.slice(6).split(" ").map(Number));
  });
  running.push(origin);
  return ports.promise;
}
