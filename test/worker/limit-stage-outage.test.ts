// Limits while their Limiter objects fail, are overloaded, hang or are slow: a bounded wait, then the limit's own rule.
import { describe, expect, it } from "vitest";
import { LEFT_ALONE_MS } from "../../src/policy/breaker.ts";
import { Limiters, type LimitTable, type Mood, newLimitingEdge } from "./limiting-edge.ts";

/** The deadline is 100 ms; a busy machine's timers are late, and without a deadline it would be a second or for ever. */
const WELL_BELOW_MS = 800;

const limitOf = (more: Partial<LimitTable> = {}): LimitTable => ({
  ...{ name: "per-ip", key: "ip", capacity: 40, refill: 0 },
  ...more,
});
const MOODS: [string, Mood][] = [
  ["fail", "throws"],
  ["are overloaded", "overloaded"],
  ["hang", "hangs"],
  ["answer after a second", { answersAfterMs: 1000 }],
];

async function edgeIn(mood: Mood, limit: LimitTable) {
  const edge = await newLimitingEdge({ limits: [limit] });
  edge.limiters.mood = mood;
  return edge;
}

describe.each(MOODS)("while the Limiter objects %s", (_, mood) => {
  it("an open limit serves its share at this edge, and counts each decision", async () => {
    const edge = await edgeIn(mood, limitOf({ on_error: "open", local_share: 0.25 }));
    const startedAtMs = Date.now();
    const statuses = await edge.statuses(15);
    // One request found out; the others were decided here.
    expect(edge.limiters.calls).toHaveLength(1);
    expect(Date.now() - startedAtMs).toBeLessThan(WELL_BELOW_MS);
    expect(statuses).toEqual([...Array(10).fill(200), ...Array(5).fill(429)]);
    expect(edge.counts()).toMatchObject({ "per-ip open_allowed": 10, "per-ip open_denied": 5 });
  });

  it("a closed limit answers 503 with Retry-After, and counts each decision", async () => {
    const edge = await edgeIn(mood, limitOf({ on_error: "closed" }));
    const answers = [await edge.ask(), await edge.ask(), await edge.ask()];
    for (const { status, headers, tookMs } of answers) {
      expect(status).toBe(503);
      expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(tookMs).toBeLessThan(WELL_BELOW_MS);
    }
    expect(edge.limiters.calls).toHaveLength(1);
    expect(edge.counts()).toMatchObject({ "per-ip closed": 3 });
  });
});

describe("a Limiter object that has failed", () => {
  it("is left alone for a second, then tried by one request, and exact again once it answers", async () => {
    const edge = await edgeIn("throws", limitOf({ on_error: "closed" }));
    expect(await edge.statuses(3)).toEqual([503, 503, 503]);
    await scheduler.wait(LEFT_ALONE_MS);
    // Those beside the one that tries do not wait for it.
    const [first, second] = await Promise.all([edge.ask(), edge.ask()]);
    expect([first.status, second.status]).toEqual([503, 503]);
    expect(edge.limiters.calls).toHaveLength(2);
    edge.limiters.mood = "well";
    await scheduler.wait(LEFT_ALONE_MS);
    expect(await edge.statuses(41)).toEqual([...Array(40).fill(200), 429]);
  });

  it("does not hold up users of other shards", async () => {
    const limit = limitOf({ on_error: "closed", key: "header:x-user" });
    const edge = await edgeIn("throws", limit);
    const failing = new Set<string>();
    for (let user = 0; user < 30 && failing.size < 1; user++) {
      await edge.ask({ "x-user": `user-${user}` });
      failing.add(edge.limiters.calls[0]?.shard ?? "");
    }
    edge.limiters.mood = "well";
    const answers = [];
    for (let user = 100; user < 120; user++)
      answers.push((await edge.ask({ "x-user": `user-${user}` })).status);
    const asked = new Set(edge.limiters.calls.slice(1).map(({ shard }) => shard));
    expect(asked.size).toBeGreaterThan(1);
    expect([...asked].filter((shard) => failing.has(shard))).toEqual([]);
    expect(answers.filter((status) => status === 200).length).toBeGreaterThan(10);
  });
});

describe("an answer that comes too late for its request", () => {
  it("loses no token: they go back to the bucket", async () => {
    const limiters = new Limiters();
    const edge = await newLimitingEdge({ limits: [limitOf({ on_error: "open" })] }, limiters);
    limiters.mood = { answersAfterMs: 300 };
    expect((await edge.ask()).status).toBe(200);
    limiters.mood = "well";
    await edge.settled();
    expect(await edge.levelOf("per-ip")).toBe(40);
  });
});
