/** Broken rules: each is a small mistake in the real code, and the watch must see it. */
import type { Rule } from "./wrongs.ts";

export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Mutation {
  readonly name: string;
  /** The rule that is to notice it. */
  readonly rule: Rule;
  /** A world in which it was noticed when it was written; where the code has changed since, it may be another. */
  readonly seed: number;
  readonly edits: readonly Edit[];
}

const one = (name: string, rule: Rule, seed: number, file: string, from: string, to: string): Mutation => ({
  ...{ name, rule, seed },
  edits: [{ file: `src/${file}`, from, to }],
});

export const MUTATIONS: readonly Mutation[] = [
  one(
    "a lease is lent and not taken from the bucket",
    "bucket",
    2,
    "policy/lending.ts",
    "const level = left - lent;",
    "const level = left;",
  ),
  one(
    "a lease's tokens are spent and stay",
    "bucket",
    0,
    "policy/lease.ts",
    "lease.tokens -= cost;\n  lease.used",
    "lease.used",
  ),
  one(
    "a shard does not write its buckets down",
    "bucket",
    2,
    "control/bucket-table.ts",
    "if (level >= shape.capacity - ROUNDING) {",
    "if (level >= 0) {",
  ),
  one(
    "tokens that were given up are given back too",
    "bucket",
    172,
    "policy/lease.ts",
    "known.isSure = false;\n}",
    "known.isSure = false;\n  lease.tokens += ask.back + ask.need;\n  lease.endsAtMs = known.atMs + LEASE_MS;\n}",
  ),
  one(
    "an edge gets all the slots that it wants",
    "limit",
    2,
    "policy/room-exchange.ts",
    "Math.min(wants, Math.ceil(openSlots(room, lane, now, nowMs) / 2))",
    "wants",
  ),
  one(
    "slots that were lent are not written into the ledger",
    "slots",
    0,
    "policy/room-exchange.ts",
    "lendSlots(room.slots, edge, lane, count);",
    "",
  ),
  one(
    "a lease that was not told of is free again at once",
    "slots",
    39,
    "policy/room-slots.ts",
    "if (slots.size === 0) continue;\n    presumed +=",
    "continue;\n    presumed +=",
  ),
  one(
    "an old exchange that comes late settles a lease",
    "slots",
    133,
    "policy/room-leases.ts",
    'if (before !== undefined && before.seq >= seq) return "outdated";',
    "",
  ),
  one(
    "a restarted Room has forgotten its leases",
    "slots",
    156,
    "control/room-store.ts",
    "    this.#loadLeases(room);\n    for",
    "    for",
  ),
  one(
    "a restarted Room has forgotten who is in",
    "slots",
    6,
    "control/room-store.ts",
    "takeSlot(room.slots, id, { lane, givenAtMs: given_ms, untilMs: until_ms });",
    "",
  ),
  one(
    "a pass is prolonged before its slot is",
    "pass",
    1,
    "policy/pass-renewal.ts",
    "bookedUntilMs - untilMs >= LEAST_GAIN_MS ? bookedUntilMs : undefined",
    "nowMs + bookingMs(rules)",
  ),
  one(
    "an edge does not tell what it holds",
    "slots",
    1,
    "policy/slot-lease.ts",
    "return { holds: lease.slots, wants: needed - lease.slots };",
    "return { holds: 0, wants: needed };",
  ),
  {
    name: "nobody looks at the frontier",
    rule: "order",
    seed: 0,
    edits: [
      {
        file: "src/policy/room-claim.ts",
        from: "const isCalled = arrivedAtMs <= queue.frontierMs;",
        to: "const isCalled = true;",
      },
      {
        file: "src/policy/stand-in-line.ts",
        from: "arrivedAtMs !== undefined && arrivedAtMs <= frontierMs",
        to: "arrivedAtMs !== undefined",
      },
    ],
  },
  one(
    "whoever claims first gets the slot",
    "order",
    2,
    "policy/room-claim.ts",
    "free - Math.round(before) >= 1",
    "free >= 1",
  ),
  one(
    "whoever has just asked counts only when the edge has told",
    "order",
    6,
    "policy/room-turn.ts",
    "Math.max(heard, presentBefore(queue, arrivedAtMs))",
    "presentBefore(queue, arrivedAtMs)",
  ),
  one(
    "the frontier may go back",
    "order",
    3,
    "policy/room-calling.ts",
    "  if (frontierMs <= queue.frontierMs) return;\n  moveFrontier(queue, curve, frontierMs",
    "  moveFrontier(queue, curve, frontierMs - 300",
  ),
  one(
    "a ticket's lowest position is not remembered",
    "position",
    0,
    "policy/position.ts",
    "isNew ? counted : Math.min(p, counted)",
    "counted",
  ),
  one(
    "what another device was told meanwhile is forgotten",
    "position",
    6,
    "policy/stand-in-line.ts",
    "  return { position: told, ahead: told - 1 };",
    "  return place;",
  ),
  one(
    "the pace of admissions is not held",
    "pace",
    27,
    "policy/admission-pace.ts",
    "  pace.bySecond.set(second, (pace.bySecond.get(second) ?? 0) + count);\n  pace.changed.add(second);\n  pace.tokens -= count;",
    "  pace.bySecond.set(second, 0);",
  ),
  one(
    "a payment without an answer is sent again",
    "payment",
    42,
    "policy/retry.ts",
    'retries: ["safe", "idempotent"],\n    otherwise: { ...same("origin-unreachable")',
    'retries: ["safe", "idempotent", "once"],\n    otherwise: { ...same("origin-unreachable")',
  ),
  one(
    "a payment that timed out is told to have failed",
    "payment",
    1,
    "policy/retry.ts",
    'otherwise: { ...same("origin-timeout"), once: "outcome-unknown" }',
    'otherwise: same("origin-timeout")',
  ),
  one(
    "an ejection has no end",
    "idle",
    33,
    "policy/ejection.ts",
    "if (leftMs > 0 && leftMs <= options.longestMs * (1 + options.jitter)) return state;",
    "return state;",
  ),
  one(
    "passed probes make nobody healthy again",
    "idle",
    0,
    "policy/probe-health.ts",
    "return { healthy: passed, streak: 0, changedAtMs: nowMs };",
    "return { healthy: false, streak: 0, changedAtMs: nowMs };",
  ),
  one(
    "a room's limit is rounded away with its regions",
    "idle",
    69,
    "policy/room-rules.ts",
    "Math.max(1, Math.floor(whole * rules.reachable + 1e-9))",
    "Math.floor(whole * rules.reachable + 1e-9)",
  ),
  one(
    "people who left are counted for ever",
    "rest",
    0,
    "policy/presence.ts",
    "if (second * 1000 > nowMs) continue;\n    for",
    "continue;\n    for",
  ),
  one(
    "tokens of a lease that is over are kept",
    "rest",
    0,
    "policy/lease.ts",
    "if (owedTokens(lease) === 0) return undefined;",
    "return undefined;",
  ),
  one(
    "an older word of a neighbour is taken",
    "order",
    43,
    "policy/shared-publication.ts",
    "heard.atMs <= publication.atMs || isTelling",
    "heard.atMs === publication.atMs || isTelling",
  ),
];
