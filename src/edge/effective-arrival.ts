/** When a ticket counts as having arrived: its arrival, or the time that a lottery has drawn for it. */
import { drawnArrivalMs } from "../config/lottery.ts";
import type { Ticket } from "../policy/queue-claims.ts";
import { roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";

/** Undefined for a ticket that is drawn by a seed which this edge has not heard of. */
export async function effectiveArrivalMs(
  { rules, memory }: RoomRuntime,
  { id, arrivedAtMs }: Pick<Ticket, "id" | "arrivedAtMs">,
): Promise<number | undefined> {
  const drawn = rules.events.find(
    ({ isLottery, startMs, prequeueMs }) =>
      isLottery && arrivedAtMs >= startMs - prequeueMs && arrivedAtMs < startMs,
  );
  if (drawn === undefined) return arrivedAtMs;
  const lottery = memory.publication?.lottery;
  // After the event its seed is not published any more, and who still waits goes by arrival.
  if (lottery?.event !== drawn.name) return roomNowMs(memory) >= drawn.endMs ? arrivedAtMs : undefined;
  return drawnArrivalMs(lottery.seed, id, drawn.startMs, drawn.prequeueMs);
}
