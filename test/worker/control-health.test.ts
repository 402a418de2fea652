import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExchangeAnswer } from "../../src/config/control-api.ts";
import type { EdgeReport, MonitorReport } from "../../src/config/health-report.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { isOut } from "../../src/policy/ejection.ts";
import type { Evidence } from "../../src/policy/outcome.ts";
import { noOutcomes, observeOutcome } from "../../src/policy/outlier.ts";
import {
  bundleOf,
  changeOf,
  controlWith,
  exchangeOf,
  inForce,
  reportOf,
  snapshotOf,
  walletToml,
  weightsEdit,
} from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 30, fra: 20 });
const PROBED = walletToml({ hk: 50, sg: 50 }, { pool: { health: { interval: "10m" } } });
const FIVE_FAILURES: readonly Evidence[] = new Array<Evidence>(5).fill("failure");

/** What an edge has seen of an origin until now. */
function seen(origin: string, outcomes: readonly Evidence[], successes = 0): EdgeReport {
  const stats = noOutcomes();
  for (const outcome of outcomes) observeOutcome(stats, outcome, Date.now());
  return { pool: "wallet", origin, stats, tried: { successes, failures: 0 } };
}

function probed(origin: string, passed: boolean, more: Partial<MonitorReport> = {}): MonitorReport {
  const record = { atMs: Date.now(), passed, status: passed ? 200 : 503, reason: passed ? "ok" : "status" };
  return {
    pool: "wallet",
    vantage: "",
    origin,
    healthy: passed,
    capacity: undefined,
    record: { ...record, durationMs: 7 },
    ...more,
  };
}

const later = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};
const ejectionOf = (snapshot: Snapshot, origin: string) => snapshot.health.wallet?.[origin]?.ejection;
const isEjected = (snapshot: Snapshot, origin: string): boolean => {
  const ejection = ejectionOf(snapshot, origin);
  return ejection !== undefined && isOut(ejection);
};
const etagOf = (answer: ExchangeAnswer): string => (answer.kind === "snapshot" ? answer.etag : "");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("ready"));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("an edge's report", () => {
  it("ejects an origin for everybody with the first exchange after its confirmation", async () => {
    const control = await controlWith(FILE);
    const first = await control.exchange(reportOf("edge-1", [seen("hk", FIVE_FAILURES)]));
    expect(isEjected(snapshotOf(first), "hk")).toBe(false);
    later(1500);
    const other = await control.exchange(reportOf("edge-2", [], etagOf(first)));
    expect(isEjected(snapshotOf(other), "hk")).toBe(true);
    expect(isEjected(snapshotOf(other), "sg")).toBe(false);
    expect(isEjected(await inForce(control), "hk")).toBe(true);
  });

  it("makes no version and no history of it", async () => {
    const control = await controlWith(FILE);
    await control.exchange(reportOf("edge-1", [seen("hk", FIVE_FAILURES)]));
    later(1500);
    expect((await inForce(control)).version).toBe(1);
    expect(await control.history()).toHaveLength(1);
    expect((await control.change(changeOf(weightsEdit({ hk: 1 }), 1))).kind).toBe("applied");
  });

  it("that changes nothing keeps every edge's snapshot the newest", async () => {
    const control = await controlWith(FILE);
    const etag = etagOf(await control.exchange(reportOf("edge-1", [])));
    for (let round = 0; round < 5; round++) {
      later(1000);
      const answer = await control.exchange(reportOf("edge-1", [seen("hk", ["success"])], etag));
      expect(answer).toEqual({ kind: "unchanged", nextInMs: 500 });
    }
  });

  it("of an edge of a release before reports is an exchange like any other", async () => {
    const control = await controlWith(FILE);
    const { edge: _, reports: __, ...old } = exchangeOf(bundleOf("first", 0));
    const answer: unknown = await Reflect.apply(control.exchange, control, [old]);
    expect(answer).toMatchObject({ kind: "snapshot" });
  });

  it("before there is a configuration is no mistake", async () => {
    const control = env.CONTROL.getByName("without a configuration");
    expect(await control.exchange(reportOf("edge-1", [seen("hk", FIVE_FAILURES)]))).toEqual({
      kind: "send-bundle",
    });
  });

  it("of good trials brings the origin back for everybody", async () => {
    const control = await controlWith(FILE);
    await control.exchange(reportOf("edge-1", [seen("hk", FIVE_FAILURES)]));
    later(1500);
    expect(isEjected(await inForce(control), "hk")).toBe(true);
    later(34_000);
    expect(ejectionOf(await inForce(control), "hk")?.kind).toBe("trial");
    await control.exchange(reportOf("edge-1", [{ ...seen("hk", []), tried: { successes: 3, failures: 0 } }]));
    later(200);
    expect(isEjected(await inForce(control), "hk")).toBe(false);
  });

  it("never ejects the last origin that operators have left", async () => {
    const control = await controlWith(walletToml({ hk: 1, sg: 1 }));
    const drain = { kind: "drain" as const, pool: "wallet", origin: "sg", force: false };
    expect((await control.change(changeOf(drain, 1))).kind).toBe("applied");
    await control.exchange(reportOf("edge-1", [seen("hk", FIVE_FAILURES)]));
    later(1500);
    expect(isEjected(await inForce(control), "hk")).toBe(false);
  });
});

describe("a monitor's report", () => {
  it("takes an unhealthy origin out for everybody at once", async () => {
    const control = await controlWith(PROBED);
    const etag = etagOf(await control.exchange(reportOf("edge-1", [])));
    await control.probed(probed("hk", false));
    const answer = await control.exchange(reportOf("edge-1", [], etag));
    expect(snapshotOf(answer).health.wallet?.hk?.probes).toBe("unhealthy");
    expect(snapshotOf(answer).health.wallet?.sg?.probes).toBe("unknown");
  });

  it("carries the origin's capacity", async () => {
    const control = await controlWith(PROBED);
    await control.probed(probed("hk", true, { capacity: { kind: "percent", percent: 30 } }));
    expect((await inForce(control)).health.wallet?.hk?.capacity).toEqual({ kind: "percent", percent: 30 });
  });

  it("is shown in the status, with its age", async () => {
    const control = await controlWith(PROBED);
    await control.probed(probed("hk", false));
    later(90_000);
    const [hk, sg] = (await control.status()).pools[0]?.origins ?? [];
    expect(hk).toMatchObject({
      state: "unhealthy",
      reason: "probes",
      probes: [{ vantage: "", healthy: false, ageMs: 90_000, status: 503, reason: "status" }],
    });
    expect(hk?.effectiveWeight).toBe(0);
    expect(sg).toMatchObject({ state: "healthy", probes: [] });
  });

  it("of an origin that is not configured is nobody's news", async () => {
    const control = await controlWith(PROBED);
    const etag = etagOf(await control.exchange(reportOf("edge-1", [])));
    await control.probed(probed("tyo", false));
    expect(await control.exchange(reportOf("edge-1", [], etag))).toEqual({
      kind: "unchanged",
      nextInMs: 500,
    });
  });
});

describe("Control after an eviction", () => {
  it("still knows what is ejected and unhealthy", async () => {
    const control = await controlWith(PROBED);
    await control.probed(probed("hk", false));
    const before = await inForce(control);
    await evictDurableObject(control);
    later(1000);
    expect((await inForce(control)).health).toEqual(before.health);
  });

  it("hands out a snapshot though an edge has the one of before", async () => {
    const control = await controlWith(FILE);
    const etag = etagOf(await control.exchange(reportOf("edge-1", [])));
    await evictDurableObject(control);
    expect((await control.exchange(reportOf("edge-1", [], etag))).kind).toBe("snapshot");
  });
});

describe("the monitors", () => {
  const monitorsOf = async (pool: string, vantage = "") =>
    env.MONITOR.get(env.MONITOR.idFromName(`${pool} ${vantage}`)).records();

  /** A file of one pool of its own, so that no other test has its monitors. */
  const toml = (pool: string, vantages: readonly string[] = []) =>
    walletToml(
      { hk: 1, sg: 1 },
      { pool: { health: { interval: "10m", vantages: [...vantages] } } },
    ).replaceAll('"wallet"', `"${pool}"`);

  it("are sent to work at every vantage when a configuration comes into force", async () => {
    await controlWith(toml("crew-a", ["weur", "apac"]));
    await vi.waitFor(async () => {
      for (const vantage of ["weur", "apac"])
        expect(await monitorsOf("crew-a", vantage)).toEqual({ hk: [], sg: [] });
    });
  });

  it("are sent home when their pool leaves, and told when its origins change", async () => {
    const control = await controlWith(toml("crew-b"));
    await vi.waitFor(async () => expect(await monitorsOf("crew-b")).toEqual({ hk: [], sg: [] }));
    later(2000);
    const file = toml("crew-c");
    await control.change(changeOf({ kind: "apply", file: "new.toml", toml: file }, 1));
    await vi.waitFor(async () => {
      expect(await monitorsOf("crew-b")).toEqual({});
      expect(await monitorsOf("crew-c")).toEqual({ hk: [], sg: [] });
    });
  });

  it("show their last probes by vantage", async () => {
    const control = await controlWith(toml("crew-d", ["weur"]));
    await vi.waitFor(async () =>
      expect(await control.probes("crew-d")).toEqual({ weur: { hk: [], sg: [] } }),
    );
    expect(await control.probes("nothing")).toEqual({});
  });
});
