/** Whether there is a slot for a newcomer; then it is taken. The Room is asked where that is not known here. */
import { isAsking, isDown, mayExchange } from "./exchange-pace.ts";
import { decideNewcomer, type NewcomerDecision } from "./newcomer.ts";
import { hasHeard, laneOf, laneView, type RoomKnown } from "./room-known.ts";
import { bookingMs, type RoomRules, rulesAt } from "./room-rules.ts";
import type { Means, Steps } from "./room-steps.ts";
import { isInTrouble } from "./self-protection.ts";
import { heardFromNeighbour } from "./shared-publication.ts";
import { spendSlot, usableSlots, wantSlot } from "./slot-lease.ts";

/** So long a newcomer waits for the Room at most. */
const DEADLINE_MS = 1000;

/** `silent`: the Room does not answer, and the room's `on_error` decides. */
export type NewcomerTurn = "slot" | "ticket" | "silent";

export function* newcomerTurn(
  known: RoomKnown,
  rules: RoomRules,
  laneName: string,
  means: Means,
): Steps<NewcomerTurn> {
  yield* heardFromNeighbour(known, means);
  const { lease } = laneOf(known, laneName);
  const deadlineMs = means.nowMs() + DEADLINE_MS;
  let wantedIn: number | undefined;
  for (;;) {
    const nowMs = means.nowMs();
    const { kind } = look(known, rules, laneName, nowMs);
    if (kind === "slot" && spendSlot(lease, nowMs)) return "slot";
    if (kind === "ticket") return "ticket";
    if (kind === "down" || nowMs >= deadlineMs) return "silent";
    if (wantedIn !== known.pace.seq) wantSlot(lease);
    wantedIn = known.pace.seq;
    // The others' exchanges are theirs: this request only looks at what they have left behind.
    if (kind === "ask") yield { do: "exchange" };
    else yield { do: "look-again", at: "call" };
  }
}

/**
 * Whether somebody in line is let in although nobody can be asked, in a room that says so: as readily as a newcomer would
 * be. Asks the Room where nothing has been heard of it.
 */
export function* isOpenTo(
  known: RoomKnown,
  rules: RoomRules,
  laneName: string,
  means: Means,
): Steps<boolean> {
  const deadlineMs = means.nowMs() + DEADLINE_MS;
  while (!hasHeard(known, means.nowMs())) {
    const nowMs = means.nowMs();
    const { kind } = look(known, rules, laneName, nowMs);
    if (isDown(known.pace)) return kind !== "ticket";
    if (nowMs >= deadlineMs) return kind === "ask" || kind === "wait";
    if (mayExchange(known.pace, "urgent", nowMs)) yield { do: "exchange" };
    else yield { do: "look-again", at: "call" };
  }
  return false;
}

function look(known: RoomKnown, rules: RoomRules, lane: string, nowMs: number): NewcomerDecision {
  const { pace, publication, signs, skewMs } = known;
  return decideNewcomer({
    isHeld: rulesAt(rules, nowMs + skewMs).isHeld || (publication?.isPaused === true && !isDown(pace)),
    isInTrouble: isInTrouble(signs, nowMs),
    lane: laneView(known, lane, nowMs),
    slots: usableSlots(laneOf(known, lane).lease, nowMs),
    isDown: isDown(pace),
    mustWait: isAsking(pace, nowMs) || !mayExchange(pace, "urgent", nowMs),
  });
}

/** Notes that a pass was given with a slot of this edge, in place; until when the pass may be signed. Room's clock. */
export function noteLetIn(
  { letIn }: RoomKnown,
  rules: RoomRules,
  { id, lane }: { readonly id: string; readonly lane: string },
  nowMs: number,
): number {
  const untilMs = nowMs + bookingMs(rules);
  letIn.push({ id, lane, givenAtMs: nowMs, untilMs });
  return untilMs;
}
