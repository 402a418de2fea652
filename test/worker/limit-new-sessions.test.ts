// What a session costs that the edge cannot verify: a token of its address, and no more calls than any other user.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { limiterStub } from "../../src/config/env.ts";
import { askLimiter, limiterAsk, newKey, stable } from "./limiting.ts";
import { ADDRESS, Limiters, type LimitingEdge, newLimitingEdge } from "./limiting-edge.ts";

/** SHA-256 of "test". */
const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const CAPACITY = 60;

const settingsOf = (newPerMinute: number, key = "user", capacity = CAPACITY) => ({
  limits: [{ name: "mine", key, capacity, refill: 0 }],
  identity: {
    opaque: { cookie: "sid", new_per_ip_per_minute: newPerMinute },
    api_keys: { sha256: { partner: HASH } },
  },
});
const session = (sid: string, address = ADDRESS) => ({ cookie: `sid=${sid}`, "cf-connecting-ip": address });
const allowed = (statuses: readonly number[]) => statuses.filter((status) => status === 200).length;

/** Calls for ten requests one after another, with those that bring leases back. */
async function callsForTen(edge: LimitingEdge, headers: Record<string, string>): Promise<number> {
  await edge.settled();
  const made = () => edge.limiters.calls.filter(({ request }) => request.edge === edge.name).length;
  const before = made();
  expect(await edge.statuses(10, headers)).toEqual(Array(10).fill(200));
  await edge.settled();
  return made() - before;
}

describe("ten requests in a row", () => {
  const KINDS: readonly (readonly [who: string, key: string, headers: Record<string, string>])[] = [
    ["a new session", "user", session("ann")],
    ["a new address", "user", { "cf-connecting-ip": "198.51.100.1" }],
    ["the holder of an API key", "user", { "x-api-key": "test" }],
    ["a header's value", "header:X-Device", { "x-device": "one" }],
    ["a cookie's value", "cookie:device", { cookie: "device=one" }],
    ["everybody together", "all", {}],
  ];

  it("cost two calls at most, whoever sends them, and two after a pause", async () => {
    const limiters = new Limiters();
    const edges: LimitingEdge[] = [];
    for (const [, key] of KINDS) edges.push(await newLimitingEdge(settingsOf(30, key), limiters));
    const calls = await Promise.all(
      KINDS.map(async ([who, , headers], index) => {
        const edge = edges[index] as LimitingEdge;
        const first = await callsForTen(edge, headers);
        await scheduler.wait(2_000);
        return [who, first, await callsForTen(edge, headers)] as const;
      }),
    );
    expect(calls.filter(([, first, later]) => first > 2 || later > 2)).toEqual([]);
  });

  it("of sessions over the cap cost as many as those of the address whose bucket they share", async () => {
    const edge = await newLimitingEdge(settingsOf(1));
    expect(await callsForTen(edge, session("first"))).toBeLessThanOrEqual(2);
    expect(await callsForTen(edge, session("second"))).toBeLessThanOrEqual(2);
  });

  it("of a session over a cap that another edge has used up cost one call more, once", async () => {
    const limiters = new Limiters();
    const settings = settingsOf(1);
    const [one, other] = [
      await newLimitingEdge(settings, limiters),
      await newLimitingEdge(settings, limiters),
    ];
    await callsForTen(one, session("first"));
    expect(await callsForTen(other, session("second"))).toBeLessThanOrEqual(3);
    expect(await callsForTen(other, session("third"))).toBeLessThanOrEqual(2);
  });
});

describe("a new session", () => {
  it("waits for one round trip: both of its calls go out at the same time", async () => {
    const edge = await newLimitingEdge(settingsOf(30));
    for (const sid of ["a", "b", "c", "d", "e"]) {
      const before = edge.limiters.calls.length;
      expect((await edge.ask(session(sid))).status).toBe(200);
      const calls = edge.limiters.calls.slice(before);
      expect([1, 2]).toContain(calls.length);
      expect(calls.map(({ answeredBefore }) => answeredBefore)).toEqual(calls.map(() => before));
    }
  });

  it("takes nothing from its address's bucket, and has one of its own", async () => {
    const edge = await newLimitingEdge(settingsOf(30));
    const atAddress = (await edge.ask()).visit;
    expect(atAddress.caller.kind).toBe("address");
    await edge.settled();
    expect(await edge.levelOf("mine")).toBe(CAPACITY - 1);
    const ofAddress = edge.limiters.calls.at(-1);
    expect(allowed(await edge.statuses(CAPACITY + 5, session("ann")))).toBe(CAPACITY);
    await edge.settled();
    const [asked] = ofAddress?.request.asks ?? [];
    const [view] = await edge.limiters.real(ofAddress?.shard ?? "").view(asked === undefined ? [] : [asked]);
    expect(view?.level).toBe(CAPACITY - 1);
    expect(view?.denials).toEqual([]);
  });

  it("over the cap shares its address's bucket, and leaves its own as it was", async () => {
    const limiters = new Limiters();
    const settings = settingsOf(1, "user", 5);
    const edges = [await newLimitingEdge(settings, limiters), await newLimitingEdge(settings, limiters)];
    const [one, other] = edges as [LimitingEdge, LimitingEdge];
    await one.statuses(1, session("first"));
    await one.settled();
    // At the edge that knows of the cap, at one that does not, and without a session: five in all.
    const over = [
      ...(await one.statuses(2, session("second"))),
      ...(await other.statuses(2, session("third"))),
    ];
    await Promise.all(edges.map((edge) => edge.settled()));
    over.push(...(await one.statuses(3, session("fourth"))));
    expect(allowed(over)).toBe(5);
    await other.settled();
    // At another address it is new, and has all that it ever had.
    expect(allowed(await other.statuses(8, session("third", "198.51.100.9")))).toBe(5);
  });

  it("gives nobody more than the cap allows, though all of them come at once to several edges", async () => {
    const [cap, capacity] = [3, 4];
    const limiters = new Limiters();
    const settings = settingsOf(cap, "user", capacity);
    const edges = [await newLimitingEdge(settings, limiters), await newLimitingEdge(settings, limiters)];
    const sids = Array.from({ length: 20 }, (_, index) => `made-up-${index}`);
    const rounds: number[] = [];
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(
        sids.flatMap((sid) => edges.map(async (edge) => (await edge.ask(session(sid))).status)),
      );
      rounds.push(allowed(answers));
      await Promise.all(edges.map((edge) => edge.settled()));
    }
    const admitted = rounds.reduce((sum, each) => sum + each, 0);
    // So many sessions with a bucket each (what comes back in some seconds is less than one more), and the address's.
    expect(admitted).toBeLessThanOrEqual((cap + 1) * capacity + capacity);
    expect(admitted).toBeGreaterThanOrEqual(capacity);
  });
});

describe("an ask that is meant in place of another", () => {
  const shape = { capacity: 10, refill: 0, intervalMs: 1000 };
  const askBoth = async (fee: string, spare: string, back = 0) => {
    const asks = [
      limiterAsk({ key: fee, shape: { ...shape, capacity: 1 }, need: 1 }),
      { ...limiterAsk({ key: spare, shape, need: 1, want: 4, back }), unlessPaid: fee },
    ];
    return limiterStub(env, 0).ask({ edge: "edge", sharding: stable(1), asks });
  };

  it("takes nothing where that was paid, and everything where it was not", async () => {
    const [fee, spare] = [newKey(), newKey()];
    const [paid, needless] = await askBoth(fee, spare);
    expect([paid?.isPaid, needless?.isPaid, needless?.lease, needless?.level]).toEqual([true, false, 0, 10]);
    const [denied, meant] = await askBoth(fee, spare);
    expect([denied?.isPaid, meant?.isPaid, meant?.lease, meant?.level]).toEqual([false, true, 4, 5]);
    // Only what was denied is remembered as such.
    const views = await limiterStub(env, 0).view([fee, spare].map((key) => ({ key, shape })));
    expect(views.map(({ denials }) => denials.length)).toEqual([1, 0]);
  });

  it("brings back what its edge held all the same", async () => {
    const spare = newKey();
    await askLimiter({ key: spare, shape, need: 1, want: 4 });
    const [, needless] = await askBoth(newKey(), spare, 4);
    expect(needless).toMatchObject({ isPaid: false, lease: 0, level: 9 });
  });
});
