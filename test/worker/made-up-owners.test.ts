// A million names that somebody made up: whatever is remembered of them is bounded, and who is really there stays.
import { describe, expect, it } from "vitest";
import { BucketMemory } from "../../src/control/bucket-memory.ts";
import { heldCount, heldOf, MAX_HELD } from "../../src/edge/leases.ts";
import { believe, userOwner } from "../../src/edge/limit-owner.ts";
import { limitRuntime, newSessionsLimit } from "../../src/edge/limit-runtime.ts";
import type { Visit } from "../../src/edge/visit.ts";
import { sessionKey } from "../../src/policy/caller.ts";
import { noteDemand } from "../../src/policy/lease.ts";

const MILLION = 1_000_000;
const NOW = 1_700_000_000_000;
/** So many a millisecond: a flood that one edge could not even answer. */
const PER_MS = 100;
/** Two generations of 50,000. */
const MOST_BELIEVED = 100_000;
const MOST_REMEMBERED = 20_000;

const LIMIT = limitRuntime({
  ...{ name: "per-user", key: "user", capacity: 60, refill: 20, interval: 1000 as never },
  ...{ store: "durable-object", on_error: "open", local_share: 0.1, mode: "enforce" },
});

const NEW_SESSIONS = newSessionsLimit(30, []);

const visitOf = (session: string) =>
  ({
    caller: { key: sessionKey(session), kind: "session", address: "203.0.113.7" },
    snapshot: { newSessions: NEW_SESSIONS },
  }) as unknown as Visit;

describe("a million made-up names", () => {
  it("make an edge remember so many buckets and no more, and a user who is there keeps theirs", () => {
    const mine = heldOf(LIMIT, "somebody real", NOW);
    for (let name = 0; name < MILLION; name++) {
      const nowMs = NOW + name / PER_MS;
      noteDemand(heldOf(LIMIT, `made up ${name}`, nowMs).lease, 1, nowMs);
      if (name % 1000 === 0) expect(heldOf(LIMIT, "somebody real", nowMs)).toBe(mine);
      if (name % 1000 === 0) expect(heldCount()).toBeLessThanOrEqual(MAX_HELD);
    }
    expect(heldCount()).toBeGreaterThan(0);
  });

  it("make an edge believe so many sessions and no more, though each had been paid for", () => {
    for (let name = 0; name < MILLION; name++) believe(sessionKey(`made up ${name}`));
    let believed = 0;
    for (let name = 0; name < MILLION; name++) {
      if (userOwner(visitOf(`made up ${name}`)).kind === "certain") believed += 1;
    }
    expect(believed).toBeGreaterThan(0);
    expect(believed).toBeLessThanOrEqual(MOST_BELIEVED);
  });

  it("make a Limiter object remember the denials of so many and no more", () => {
    const memory = new BucketMemory();
    const denial = { atMs: NOW, need: 1, level: 0, earlier: 0 };
    for (let name = 0; name < MILLION; name++) memory.noteDenial(`made up ${name}`, denial);
    let remembered = 0;
    for (let name = 0; name < MILLION; name++) remembered += memory.denials(`made up ${name}`).length;
    expect(remembered).toBeGreaterThan(0);
    expect(remembered).toBeLessThanOrEqual(MOST_REMEMBERED);
  });
});
