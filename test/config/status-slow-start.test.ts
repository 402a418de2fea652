import { describe, expect, it } from "vitest";
import type { OriginHealth } from "../../src/config/health-report.ts";
import type { Config } from "../../src/config/load.ts";
import { availabilities, type SeenOrigin, statusOf } from "../../src/config/status.ts";
import { snapshotOf, UNHEALTHY, walletOf } from "./snapshots.ts";

const NOW_MS = 1_700_000_000_000;
const SECOND = 1000;
/** A state is held for so long. */
const HOLD_MS = 10 * SECOND;
const WEIGHTS = { hk: 50, sg: 50 };

/** Control's eyes on the origin hk, as time goes on. */
class Watch {
  readonly #config: Config;
  #seen: ReadonlyMap<string, SeenOrigin> = new Map();

  constructor(config: Config = walletOf(WEIGHTS)) {
    this.#config = config;
  }

  at(nowMs: number, health: Record<string, OriginHealth> = {}) {
    const snapshot = snapshotOf(this.#config, { health });
    this.#seen = availabilities(snapshot, nowMs, this.#seen);
    const [hk] = statusOf(snapshot, nowMs, undefined, this.#seen).pools[0]?.origins ?? [];
    return { state: hk?.state, reason: hk?.reason, effectiveWeight: hk?.effectiveWeight };
  }

  /** The origin is down, and comes back at the time that is told. */
  comeBack(): number {
    this.at(NOW_MS - 2 * HOLD_MS);
    this.at(NOW_MS - HOLD_MS, { hk: UNHEALTHY });
    this.at(NOW_MS);
    return NOW_MS;
  }
}

const growing = (effectiveWeight: number) => ({ state: "healthy", reason: "slow-start", effectiveWeight });
const WELL = { state: "healthy", reason: "ok", effectiveWeight: 50 };

describe("the effective weight of an origin that comes back", () => {
  it("grows with time to its whole weight", () => {
    const watch = new Watch();
    const backMs = watch.comeBack();
    expect(watch.at(backMs)).toEqual(growing(5));
    expect(watch.at(backMs + 15 * SECOND)).toEqual(growing(25));
    expect(watch.at(backMs + 30 * SECOND)).toEqual(WELL);
    expect(watch.at(backMs)).toEqual(WELL);
  });

  it("grows as the file says, or is whole at once where it says so", () => {
    const slow = new Watch(
      walletOf(WEIGHTS, { pool: { slow_start: { window: "60s", min_percent: 20, aggression: 2 } } }),
    );
    const backMs = slow.comeBack();
    expect(slow.at(backMs)).toEqual(growing(10));
    expect(slow.at(backMs + 15 * SECOND)).toEqual(growing(25));
    const atOnce = new Watch(walletOf(WEIGHTS, { pool: { slow_start: { window: "0s" } } }));
    expect(atOnce.at(atOnce.comeBack())).toEqual(WELL);
  });

  it("begins anew with the next return", () => {
    const watch = new Watch();
    const backMs = watch.comeBack();
    watch.at(backMs + HOLD_MS, { hk: UNHEALTHY });
    expect(watch.at(backMs + 2 * HOLD_MS)).toEqual(growing(5));
  });

  it("is whole from the start, and to a Control that has just started", () => {
    expect(new Watch().at(NOW_MS)).toEqual(WELL);
    const before = new Watch();
    before.comeBack();
    expect(new Watch().at(NOW_MS + SECOND)).toEqual(WELL);
  });

  it("is less by the capacity that the origin asks for, too", () => {
    const watch = new Watch();
    const backMs = watch.comeBack();
    const half: OriginHealth = {
      ...UNHEALTHY,
      probes: "healthy",
      capacity: { kind: "percent", percent: 50 },
    };
    expect(watch.at(backMs + 15 * SECOND, { hk: half })).toEqual(growing(12.5));
  });
});
