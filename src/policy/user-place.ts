/** A signed-in user's one place in a room, whatever the device. */
import { askResume } from "./ask-once.ts";
import type { RoomKnown } from "./room-known.ts";
import type { JoinStep, Means, OfferedPlace, Steps } from "./room-steps.ts";

export type UserPlace =
  | { readonly kind: "waiting"; readonly ticketId: string; readonly arrivedAtMs: number }
  /** In already, by the pass of another device. */
  | { readonly kind: "in"; readonly passId: string; readonly untilMs: number };

/** The place that the user's shard knows, or the pass of another device. The shard's silence costs nobody a place. */
export function* placeOfUser(
  known: Pick<RoomKnown, "asked" | "pace">,
  offered: OfferedPlace,
  means: Means,
): Steps<UserPlace> {
  const { ticketId, arrivedAtMs } = offered;
  const own: UserPlace = { kind: "waiting", ticketId, arrivedAtMs };
  const answer = yield* join(offered);
  if (answer === undefined) return own;
  if (answer.kind === "waiting") return answer;
  const { passId } = answer;
  const resumed = yield* askResume(known, passId, true, means);
  if (resumed === undefined) return own;
  if (resumed.kind === "active") return { kind: "in", passId, untilMs: resumed.untilMs };
  // Ended before its time: the user's devices begin anew, together.
  const again = yield* join({ ...offered, overPassId: passId });
  return again?.kind === "waiting" ? again : own;
}

function* join(place: OfferedPlace): Steps<JoinStep["answer"]> {
  const step: JoinStep = { do: "join", place, answer: undefined };
  yield step;
  return step.answer;
}
