// The flood guard, with the runtime's own rate limiter: by address, before everything else, and never a reason to fail.
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/config/env.ts";
import { compile } from "../../src/edge/compiled.ts";
import { takeCounts } from "../../src/edge/counters.ts";
import { floodGuard } from "../../src/edge/flood-guard.ts";
import { openVisit } from "../../src/edge/visit.ts";
import { walletSnapshot } from "./support.ts";

const snapshot = compile(walletSnapshot({ hk: 1 }, 1), undefined, Date.now(), 0);
/** As vitest.config.ts binds it; a period may end while a test runs. */
const [LIMIT, MOST] = [5, 10];
const MANY = 40;

const visitFrom = (address: string) =>
  openVisit(
    new Request("https://edge.example/api", { headers: { "cf-connecting-ip": address } }),
    snapshot,
    Date.now(),
    { waitUntil: () => undefined },
  );

const guarded = async (address: string, guard: Partial<Env>) =>
  (await floodGuard(visitFrom(address), { ...env, ...guard }))?.status ?? 200;

const REAL = { FLOOD_GUARD: env.TEST_FLOOD_GUARD };

async function passesOf(requests: number, address: (index: number) => string): Promise<number> {
  let passed = 0;
  for (let index = 0; index < requests; index++) {
    if ((await guarded(address(index), REAL)) === 200) passed += 1;
  }
  return passed;
}

function expectLimited(passed: number): void {
  expect(passed).toBeGreaterThanOrEqual(LIMIT);
  expect(passed).toBeLessThanOrEqual(MOST);
}

describe("the flood guard", () => {
  it("lets an address through so often in ten seconds, and another as often", async () => {
    expectLimited(await passesOf(MANY, () => "203.0.113.50"));
    expectLimited(await passesOf(MANY, () => "203.0.113.51"));
  });

  it("takes addresses of one IPv6 /64 for one, and IPv4-mapped for IPv4", async () => {
    expectLimited(await passesOf(MANY, (index) => `2001:db8:50:1::${index}`));
    const spellings = ["203.0.113.52", "::ffff:203.0.113.52"];
    expectLimited(await passesOf(MANY, (index) => spellings[index % 2] ?? ""));
  });

  it("answers 429 that says when to come again, and counts", async () => {
    takeCounts();
    let answer: Response | undefined;
    while (answer === undefined) answer = await floodGuard(visitFrom("203.0.113.53"), { ...env, ...REAL });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("10");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toMatchObject({ "violated-policies": ["flood-guard"] });
    expect(takeCounts()).toMatchObject({ 'tidegate_flood_guard_decisions_total{result="denied"}': 1 });
  });

  it("is told no address, but a keyed hash", async () => {
    const told: string[] = [];
    const limit = async ({ key }: { key: string }) => {
      told.push(key);
      return { success: true };
    };
    await guarded("203.0.113.54", { FLOOD_GUARD: { limit } as RateLimit });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^[\w-]{22}$/);
  });

  it("lets everybody through when it fails, without an address, and where it is not bound", async () => {
    const limit = async () => Promise.reject(new Error("out of order"));
    expect(await guarded("203.0.113.55", { FLOOD_GUARD: { limit } as RateLimit })).toBe(200);
    expect(takeCounts()).toMatchObject({ 'tidegate_flood_guard_decisions_total{result="error"}': 1 });
    expect(await passesOf(MANY, () => "")).toBe(MANY);
    const { FLOOD_GUARD: _, ...unbound } = { ...env, ...REAL };
    expect(await floodGuard(visitFrom("203.0.113.56"), unbound)).toBeUndefined();
  });

  it("is absent where wrangler.toml binds none, as it is by default", async () => {
    expect("FLOOD_GUARD" in env).toBe(false);
    expect((await exports.default.fetch("https://edge.example/.tidegate/health")).status).toBe(200);
  });
});
