/** Claims the slot of a called ticket: one call at a time for a ticket at this edge, however often it is shown. */

import type { Env } from "../config/env.ts";
import type { Claim, ClaimAnswer } from "../config/room-api.ts";
import { isDown } from "../policy/exchange-pace.ts";
import { callRoom, LOOK_AGAIN_MS } from "./room-client.ts";
import type { ClaimMemory, RoomMemory } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";

const CLAIM_DEADLINE_MS = 1000;
/** Whoever stands is told to ask again after two seconds; asking more often brings nothing. */
const STANDING_MS = 1000;

/** `failed`: the Room does not answer. */
export type Claimed = ClaimAnswer | { readonly kind: "failed" };

export async function claimSlot(room: RoomRuntime, env: Env, claim: Claim): Promise<Claimed> {
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
    return ask(room, env, claim, nowMs);
  }
}

async function ask(room: RoomRuntime, env: Env, claim: Claim, nowMs: number): Promise<Claimed> {
  const { claims } = room.memory;
  claims.set(claim.ticketId, { kind: "asking", atMs: nowMs });
  const answer = await callRoom(room, env, "claim", (stub) => stub.claim(claim), CLAIM_DEADLINE_MS);
  const claimed = answer ?? { kind: "failed" as const };
  claims.set(claim.ticketId, memoryOf(claimed, Date.now()));
  return claimed;
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
