/** Claims the slot of a called ticket: one call at a time for a ticket at this edge, however often it is shown. */

import type { Env } from "../config/env.ts";
import type { Claim, ClaimAnswer } from "../config/room-api.ts";
import { isDown } from "../policy/exchange-pace.ts";
import { randomHex } from "./random.ts";
import { callRoom, LOOK_AGAIN_MS } from "./room-client.ts";
import { type ClaimMemory, type RoomMemory, roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";

const CLAIM_DEADLINE_MS = 1000;
/** The room's clock as this edge knows it may be behind (`room-clock.ts`). */
const CLOCKS_MS = 500;
/** While the Room does not answer a called ticket, it is asked seldomer. */
export const FAILED_POLL_MS = 5000;
const TELL_DEADLINE_MS = 5000;
/** Whoever stands is told to ask again after two seconds; asking more often brings nothing. */
const STANDING_MS = 1000;

/** `failed`: the Room does not answer. */
export type Claimed = ClaimAnswer | { readonly kind: "failed" };

export async function claimSlot(
  room: RoomRuntime,
  env: Env,
  claim: Claim,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<Claimed> {
  const { claims, pace } = room.memory;
  const deadlineMs = Date.now() + CLAIM_DEADLINE_MS;
  for (;;) {
    const nowMs = Date.now();
    const known = claims.get(claim.ticketId);
    const settled = known === undefined ? undefined : settledBy(known, room.memory, claim.passId, nowMs);
    if (settled === "wait") {
      if (nowMs >= deadlineMs) return { kind: "failed" };
      await scheduler.wait(LOOK_AGAIN_MS);
      continue;
    }
    if (settled !== undefined) return settled;
    if (isDown(pace)) return { kind: "failed" };
    return ask(room, env, claim, waitUntil, nowMs);
  }
}

async function ask(
  room: RoomRuntime,
  env: Env,
  claim: Claim,
  waitUntil: (promise: Promise<unknown>) => void,
  nowMs: number,
): Promise<Claimed> {
  const { memory } = room;
  const { claims } = memory;
  claims.set(claim.ticketId, { kind: "asking", atMs: nowMs });
  const attempt = randomHex(8);
  const answerByMs = roomNowMs(memory) + CLAIM_DEADLINE_MS + CLOCKS_MS;
  let asked: Promise<ClaimAnswer> | undefined;
  const answer = await callRoom(
    room,
    env,
    "claim",
    (stub) => {
      asked = stub.claim({ ...claim, attempt, answerByMs });
      return asked;
    },
    CLAIM_DEADLINE_MS,
  );
  // Where the room lets in whoever it cannot answer, the slot is the user's.
  if (answer === undefined && asked !== undefined && room.onError !== "open") {
    waitUntil(takeBackLate(room, env, claim, attempt, asked));
  }
  const claimed = answer ?? { kind: "failed" as const };
  claims.set(claim.ticketId, memoryOf(claimed, Date.now()));
  return claimed;
}

/** Its user has been told to ask again: a slot that comes now is not to be held for a session by nobody. */
async function takeBackLate(
  room: RoomRuntime,
  env: Env,
  { ticketId, passId }: Claim,
  attempt: string,
  asked: Promise<ClaimAnswer>,
): Promise<void> {
  const late = await asked.catch(() => undefined);
  if (late?.kind !== "admitted") return;
  const what = { ticketId, passId, attempt, pollAfterMs: FAILED_POLL_MS };
  await callRoom(room, env, "unclaim", (stub) => stub.unclaim(what), TELL_DEADLINE_MS);
}

function memoryOf(claimed: Claimed, nowMs: number): ClaimMemory {
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
  known: ClaimMemory,
  { skewMs, over, ended }: RoomMemory,
  passId: string,
  nowMs: number,
): Claimed | "wait" | undefined {
  switch (known.kind) {
    case "admitted": {
      const isOver = over.get(passId) !== undefined || ended.has(passId);
      return known.untilMs > nowMs + skewMs && !isOver ? known : undefined;
    }
    case "used":
      return known;
    case "asking":
      return Math.abs(nowMs - known.atMs) < CLAIM_DEADLINE_MS ? "wait" : undefined;
    case "standing":
      return Math.abs(nowMs - known.atMs) < STANDING_MS ? { kind: "standing" } : undefined;
    case "failed":
      return Math.abs(nowMs - known.atMs) < STANDING_MS ? { kind: "failed" } : undefined;
  }
}
