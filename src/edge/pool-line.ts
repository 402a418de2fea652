/** What this edge has heard of the line in front of a pool, for the public status page: no call, and nothing where nothing was heard. */
import { LONGEST_COUNTED_MS } from "../policy/presence.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { estimateWait } from "../policy/wait-estimate.ts";
import { sumOfHours } from "../policy/waiting-history.ts";
import type { Compiled } from "./compiled.ts";
import { hoursOf, publishedLane, roomNowMs } from "./room-memory.ts";
import type { PoolLine } from "./status-answer.ts";

/** The rooms of all routes to the pool together; the wait is that of a newcomer to the longest of them. */
export function poolLine({ routes }: Pick<Compiled, "routes">, pool: string): PoolLine | undefined {
  const rooms = new Set(routes.flatMap(({ pool: to, room }) => (to.name === pool && room ? [room] : [])));
  const memories = [...rooms].map(({ memory }) => memory);
  const hours = memories.flatMap((memory) => {
    const heard = hoursOf(memory, roomNowMs(memory));
    return heard === undefined ? [] : [heard];
  });
  const lanes = memories
    // Whoever was counted then does not count any more: of who waits now, nothing is known.
    .filter((memory) => roomNowMs(memory) - (memory.publication?.atMs ?? 0) <= LONGEST_COUNTED_MS)
    .flatMap((memory) => publishedLane(memory, COMMON_LANE) ?? [])
    .sort((a, b) => b.waiting - a.waiting);
  const [longest] = lanes;
  if (longest === undefined && hours.length === 0) return undefined;
  const estimate = longest && estimateWait(longest.pace, longest.waiting);
  return {
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting, 0),
    estimatedWaitSeconds: estimate?.kind === "range" ? { low: estimate.low, high: estimate.high } : null,
    history: hours.length === 0 ? undefined : sumOfHours(hours),
  };
}
