/** Claims the slot of a called ticket: one call at a time for a ticket at this edge, however often it is shown. */
import { isDown } from "./exchange-pace.ts";
import type { ClaimAnswer } from "./room-answers.ts";
import type { Claiming } from "./room-claim.ts";
import { type ClaimMemory, endedAtMs, type RoomKnown } from "./room-known.ts";
import type { ClaimStep, Means, Steps } from "./room-steps.ts";

export const CLAIM_DEADLINE_MS = 1000;
/** The room's clock as this edge knows it may be behind (`room-clock.ts`). */
const CLOCKS_MS = 500;
/** While the Room does not answer a called ticket, it is asked seldomer. */
export const FAILED_POLL_MS = 5000;
/** Whoever stands is told to ask again after two seconds; asking more often brings nothing. */
const STANDING_MS = 1000;

/** `failed`: the Room does not answer. */
export type ClaimedOnce = ClaimAnswer | { readonly kind: "failed" };

type ClaimsKnown = Pick<RoomKnown, "claims" | "pace" | "skewMs" | "over" | "publication">;

export function* claimOnce(known: ClaimsKnown, claim: Claiming, means: Means): Steps<ClaimedOnce> {
  const { claims, pace } = known;
  const deadlineMs = means.nowMs() + CLAIM_DEADLINE_MS;
  for (;;) {
    const nowMs = means.nowMs();
    const before = claims.get(claim.ticketId);
    const settled = before === undefined ? undefined : settledBy(before, known, claim.passId, nowMs);
    if (settled === "wait") {
      if (nowMs >= deadlineMs) return { kind: "failed" };
      yield { do: "look-again", at: "call" };
      continue;
    }
    if (settled !== undefined) return settled;
    if (isDown(pace)) return { kind: "failed" };
    claims.set(claim.ticketId, { kind: "asking", atMs: nowMs });
    const answerByMs = nowMs + known.skewMs + CLAIM_DEADLINE_MS + CLOCKS_MS;
    const step: ClaimStep = { do: "claim", claim: { ...claim, answerByMs }, answer: undefined };
    yield step;
    const claimed = step.answer ?? { kind: "failed" as const };
    claims.set(claim.ticketId, memoryOf(claimed, means.nowMs()));
    return claimed;
  }
}

function memoryOf(claimed: ClaimedOnce, nowMs: number): ClaimMemory {
  switch (claimed.kind) {
    case "admitted":
      return { kind: "admitted", untilMs: claimed.untilMs };
    case "used":
      return { kind: "used" };
    default:
      return { kind: claimed.kind, atMs: nowMs };
  }
}

/** What is known already; `wait` while another request asks; undefined when it is to be asked. */
function settledBy(
  before: ClaimMemory,
  known: ClaimsKnown,
  passId: string,
  nowMs: number,
): ClaimedOnce | "wait" | undefined {
  switch (before.kind) {
    case "admitted": {
      const isOver = known.over.get(passId) !== undefined || endedAtMs(known, passId) !== undefined;
      return before.untilMs > nowMs + known.skewMs && !isOver ? before : undefined;
    }
    case "used":
      return before;
    case "asking":
      return Math.abs(nowMs - before.atMs) < CLAIM_DEADLINE_MS ? "wait" : undefined;
    case "standing":
      return Math.abs(nowMs - before.atMs) < STANDING_MS ? { kind: "standing" } : undefined;
    case "failed":
      return Math.abs(nowMs - before.atMs) < STANDING_MS ? { kind: "failed" } : undefined;
  }
}
