/** What this edge has heard of the line in front of a pool, for the public status page: no call, and nothing where nothing was heard. */
import { COMMON_LANE } from "../policy/room-rules.ts";
import { estimateWait } from "../policy/wait-estimate.ts";
import type { Compiled } from "./compiled.ts";
import { publishedLane } from "./room-memory.ts";
import type { PoolLine } from "./status-answer.ts";

/** The rooms of all routes to the pool together; the wait is that of a newcomer to the longest of them. */
export function poolLine({ routes }: Pick<Compiled, "routes">, pool: string): PoolLine | undefined {
  const rooms = new Set(routes.flatMap(({ pool: to, room }) => (to.name === pool && room ? [room] : [])));
  const lanes = [...rooms]
    .flatMap(({ memory }) => publishedLane(memory, COMMON_LANE) ?? [])
    .sort((a, b) => b.waiting - a.waiting);
  const [longest] = lanes;
  if (longest === undefined) return undefined;
  const estimate = estimateWait(longest.pace, longest.waiting);
  return {
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting, 0),
    estimatedWaitSeconds: estimate.kind === "range" ? { low: estimate.low, high: estimate.high } : null,
    // Nobody keeps the hours yet.
    history: undefined,
  };
}
