import { describe, expect, it } from "vitest";
import { openRequest } from "../../src/policy/in-flight.ts";
import { observeLatency } from "../../src/policy/latency.ts";
import { ANSWERED, drainOf, ejected, PoolEdge, type PoolGiven, REFUSED, USERS } from "./pools.ts";

const NOW_MS = 1_700_000_000_000;
const SECOND = 1000;
const MINUTE = 60_000;
const THREE = { hk: 50, sg: 30, fra: 20 };

const edgeOf = (given: PoolGiven) => new PoolEdge(given, NOW_MS);
const placesOf = (edge: PoolEdge, users: readonly string[], nowMs = NOW_MS) =>
  new Map(users.map((user) => [user, edge.place(nowMs, user)]));

/** The first user who lives at an origin. */
function userAt(edge: PoolEdge, name: string): string {
  const user = USERS.find((one) => edge.place(NOW_MS, one) === name);
  if (user === undefined) throw new Error(`nobody lives at ${name}`);
  return user;
}

describe("a user", () => {
  it("goes to the same origin each time", () => {
    const edge = edgeOf({ origins: THREE });
    expect(placesOf(edge, USERS)).toEqual(placesOf(edge, USERS, NOW_MS + MINUTE));
    expect(new Set(placesOf(edge, USERS).values()).size).toBe(3);
  });

  it("goes to another origin for the next attempt of the same request", () => {
    const edge = edgeOf({ origins: THREE });
    for (const user of USERS.slice(0, 50)) {
      const first = edge.placement(NOW_MS, user);
      const asked = first.kind === "origin" ? [first.index] : [];
      const second = edge.placement(NOW_MS, user, { asked });
      expect(second.kind).toBe("origin");
      expect(second).not.toMatchObject({ index: asked[0] });
    }
    expect(edge.place(NOW_MS, "anybody", { asked: [0, 1, 2] })).toBe("none");
  });
});

describe("an origin's ceiling", () => {
  it("sends a request elsewhere when it is reached, and nobody away where there is none", () => {
    const toml = { hk: 1, sg: 1 };
    const edge = edgeOf({ origins: toml });
    const user = userAt(edge, "hk");
    const [hk] = edge.pool.origins;
    for (let open = 0; open < 1000; open++) if (hk) openRequest(hk.memory.inFlight, NOW_MS, MINUTE);
    expect(edge.place(NOW_MS, user)).toBe("hk");
  });
});

describe("the load of an origin in a least-loaded pool", () => {
  const given = { origins: { hk: 1, sg: 1 }, pool: { policy: "least-loaded", affinity: "none" } };

  it("grows with its open requests", () => {
    const edge = edgeOf(given);
    const [hk] = edge.pool.origins;
    if (hk !== undefined) openRequest(hk.memory.inFlight, NOW_MS, MINUTE);
    for (let request = 0; request < 100; request++) expect(edge.place(NOW_MS)).toBe("sg");
  });

  it("grows with its latency, and falls again while it gets no requests", () => {
    const edge = edgeOf(given);
    for (const { memory } of edge.pool.origins) observeLatency(memory.latency, 20, NOW_MS);
    observeLatency(edge.memory("hk").latency, 100, NOW_MS);
    for (let request = 0; request < 100; request++) expect(edge.place(NOW_MS)).toBe("sg");
    const later = Array.from({ length: 100 }, () => edge.place(NOW_MS + 2 * MINUTE));
    expect(later).toContain("hk");
  });

  it("counts a failure as the pool's whole time-out: a quick refusal is no quick origin", () => {
    const edge = edgeOf(given);
    edge.ended("sg", ANSWERED, NOW_MS, { tookMs: 200 });
    edge.ended("hk", REFUSED, NOW_MS, { tookMs: 1 });
    for (let request = 0; request < 100; request++) expect(edge.place(NOW_MS)).toBe("sg");
  });
});

describe("a drain", () => {
  const drained = (endMs?: number): PoolGiven => ({ origins: THREE, overrides: [drainOf("hk", endMs)] });

  it("sends new users elsewhere and lets those who are there stay", () => {
    const edge = edgeOf({ origins: THREE });
    const atHk = USERS.filter((user) => edge.place(NOW_MS, user) === "hk");
    const present = atHk.slice(0, 20);
    for (const user of present) edge.visit(NOW_MS, user);
    edge.take(drained(), NOW_MS + SECOND);
    for (const user of present) expect(edge.place(NOW_MS + SECOND, user)).toBe("hk");
    for (const user of atHk.slice(20)) expect(edge.place(NOW_MS + SECOND, user)).not.toBe("hk");
  });

  it("moves no user of the other origins", () => {
    const edge = edgeOf({ origins: THREE });
    const before = placesOf(edge, USERS);
    edge.take(drained(), NOW_MS);
    for (const [user, place] of before) if (place !== "hk") expect(edge.place(NOW_MS, user)).toBe(place);
  });

  it("lets present users write, too", () => {
    const edge = edgeOf({ origins: THREE });
    const user = userAt(edge, "hk");
    edge.visit(NOW_MS, user);
    edge.take(drained(), NOW_MS);
    expect(edge.place(NOW_MS, user, { isWrite: true })).toBe("hk");
  });

  it("lets present users stay until its end and not a moment longer", () => {
    const endMs = NOW_MS + MINUTE;
    const edge = edgeOf({ origins: THREE });
    const user = userAt(edge, "hk");
    edge.visit(NOW_MS, user);
    edge.take(drained(endMs), NOW_MS);
    expect(edge.place(endMs - 1, user)).toBe("hk");
    expect(edge.place(endMs, user)).not.toBe("hk");
  });

  it("sends a present user elsewhere for the second attempt", () => {
    const edge = edgeOf({ origins: THREE });
    const user = userAt(edge, "hk");
    edge.visit(NOW_MS, user);
    edge.take(drained(), NOW_MS);
    expect(edge.place(NOW_MS, user, { asked: [0] })).not.toBe("hk");
  });

  it("sends all requests without a user elsewhere", () => {
    const edge = edgeOf(drained());
    for (let request = 0; request < 500; request++) expect(edge.place(NOW_MS)).not.toBe("hk");
  });

  it("of an origin that is dead keeps nobody there", () => {
    const edge = edgeOf({ origins: THREE });
    const user = userAt(edge, "hk");
    edge.visit(NOW_MS, user);
    edge.take({ ...drained(), health: { hk: { probes: "unhealthy" } } }, NOW_MS);
    expect(edge.place(NOW_MS, user)).not.toBe("hk");
  });

  it("keeps present users who were at a first-level origin, whoever owns their slot", () => {
    const origins = { hk: {}, sg: {}, fra: { priority: 1 } };
    const edge = edgeOf({ origins });
    const atHk = USERS.filter((user) => edge.place(NOW_MS, user) === "hk");
    for (const user of atHk) edge.visit(NOW_MS, user);
    edge.take({ origins, overrides: [drainOf("hk")] }, NOW_MS);
    for (const user of atHk) expect(edge.place(NOW_MS, user)).toBe("hk");
  });

  it("keeps present users whose slot was lent to the origin", () => {
    const health = { fra: { probes: "unhealthy" as const } };
    const edge = edgeOf({ origins: THREE, health });
    const atHk = USERS.filter((user) => edge.place(NOW_MS, user) === "hk");
    for (const user of atHk) edge.visit(NOW_MS, user);
    edge.take({ origins: THREE, health, overrides: [drainOf("hk")] }, NOW_MS);
    for (const user of atHk) expect(edge.place(NOW_MS, user)).toBe("hk");
  });

  it("knows who is present when origins have changed places in the file", () => {
    const edge = edgeOf({ origins: { hk: 50, sg: 50 } });
    const present = USERS.slice(0, 150);
    const stay = present.filter((user) => edge.visit(NOW_MS, user) === "hk");
    edge.take({ origins: { sg: 50, hk: 50 }, overrides: [drainOf("hk")] }, NOW_MS);
    expect(USERS.filter((user) => edge.place(NOW_MS, user) === "hk")).toEqual(stay);
  });
});

describe("a trial", () => {
  const ENDED_MS = NOW_MS - 1;
  const onTrial: PoolGiven = {
    origins: THREE,
    health: {
      hk: {
        ejection: {
          kind: "trial",
          times: 1,
          changedAtMs: ENDED_MS - 30_000,
          reason: "consecutive-failures",
          monitorSawIt: false,
          endsAtMs: ENDED_MS,
          successes: 0,
        },
      },
    },
  };

  it("takes one read a second that may be sent again elsewhere, whoever sends it", () => {
    const edge = edgeOf(onTrial);
    const reads = Array.from({ length: 40 }, (_, index) => {
      const nowMs = NOW_MS + index * 100;
      return { nowMs, placement: edge.placement(nowMs, "anybody", { mayTry: true }) };
    });
    const tried = reads.filter(({ placement }) => placement.kind === "origin" && placement.isTrial);
    expect(tried.map(({ nowMs }) => nowMs - NOW_MS)).toEqual([0, 1000, 2000, 3000]);
    for (const { placement } of tried) expect(placement).toMatchObject({ index: 0 });
  });

  it("takes no write, and no read that could not be sent again", () => {
    const edge = edgeOf(onTrial);
    for (const user of USERS.slice(0, 50)) {
      expect(edge.place(NOW_MS, user, { isWrite: true })).not.toBe("hk");
      expect(edge.place(NOW_MS, user)).not.toBe("hk");
    }
  });

  it("does not begin before the ejection's time is over", () => {
    const edge = edgeOf({ origins: THREE, health: { hk: { ejection: ejected(NOW_MS + SECOND) } } });
    expect(edge.place(NOW_MS, "anybody", { mayTry: true })).not.toBe("hk");
  });
});

describe("a write", () => {
  it("goes to no origin whose last attempt from this edge failed to answer, while another is clean", () => {
    const edge = edgeOf({ origins: THREE });
    edge.ended("hk", REFUSED, NOW_MS, { isWrite: true });
    for (const user of USERS) expect(edge.place(NOW_MS, user, { isWrite: true })).not.toBe("hk");
    expect(edge.place(NOW_MS, userAt(edge, "hk"))).toBe("hk");
  });

  it("goes there again after a read has succeeded", () => {
    const edge = edgeOf({ origins: THREE });
    const user = userAt(edge, "hk");
    edge.ended("hk", REFUSED, NOW_MS);
    edge.ended("hk", ANSWERED, NOW_MS + 100);
    expect(edge.place(NOW_MS + 100, user, { isWrite: true })).toBe("hk");
  });

  it("goes where its user lives when all have failed: one that reaches nobody helps nobody", () => {
    const edge = edgeOf({ origins: THREE });
    const user = userAt(edge, "sg");
    for (const name of ["hk", "sg", "fra"]) edge.ended(name, REFUSED, NOW_MS);
    expect(edge.place(NOW_MS, user, { isWrite: true })).toBe("sg");
  });
});
