import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Availability,
  availabilityOf,
  combineOverrides,
  HOLD_MS,
  type OriginSignals,
  type Override,
} from "../../src/policy/availability.ts";
import { type Ejection, NEVER_EJECTED, nextEjection } from "../../src/policy/ejection.ts";

const NOW_MS = 1_800_000_000_000;
const ejected = nextEjection(
  NEVER_EJECTED,
  { kind: "failing", reason: "failure-rate", probes: "healthy" },
  NOW_MS,
  0.5,
);
const onTrial = nextEjection(ejected, { kind: "tick" }, NOW_MS + 40_000, 0.5);
const well: OriginSignals = {
  override: { kind: "none" },
  probes: "healthy",
  ejection: NEVER_EJECTED,
  ejectionHolds: true,
  returned: undefined,
  capacity: undefined,
};
const drain = (deadlineMs?: number): Override => ({ kind: "drain", deadlineMs });
const first = (signals: Partial<OriginSignals>) => availabilityOf({ ...well, ...signals }, undefined, NOW_MS);

describe("an origin", () => {
  it("takes all when nothing is against it, from the first moment on and without slow start", () => {
    expect(first({})).toEqual({
      state: "healthy",
      reason: "ok",
      factor: 1,
      takesNewUsers: true,
      takesPresentUsers: true,
      takesReads: true,
      takesWrites: true,
      sinceMs: 0,
      override: "none",
    });
  });

  it("is not unhealthy because monitors stopped", () => {
    expect(first({ probes: "unknown" }).state).toBe("healthy");
  });

  it.each<[string, Partial<OriginSignals>, string, string]>([
    ["in maintenance", { override: { kind: "maintenance" } }, "maintenance", "maintenance"],
    [
      "in maintenance and unhealthy",
      { override: { kind: "maintenance" }, probes: "unhealthy" },
      "maintenance",
      "maintenance",
    ],
    ["seen failing by monitors", { probes: "unhealthy" }, "unhealthy", "probes"],
    ["ejected", { ejection: ejected }, "ejected", "failure-rate"],
    ["ejected and seen failing", { ejection: ejected, probes: "unhealthy" }, "unhealthy", "probes"],
    ["on trial", { ejection: onTrial }, "ejected", "trial"],
    ["drained and dead", { override: drain(), probes: "unhealthy" }, "unhealthy", "probes"],
    ["drained and ejected", { override: drain(), ejection: ejected }, "ejected", "failure-rate"],
  ])("that is %s takes nobody", (_what, signals, state, reason) => {
    expect(first(signals)).toMatchObject({
      state,
      reason,
      factor: 0,
      takesNewUsers: false,
      takesPresentUsers: false,
      takesReads: false,
      takesWrites: false,
    });
  });

  it("that drains takes present users and all they do, until the deadline", () => {
    const draining = {
      state: "draining",
      factor: 0,
      takesNewUsers: false,
      takesReads: true,
      takesWrites: true,
    };
    expect(first({ override: drain() })).toMatchObject({
      ...draining,
      takesPresentUsers: true,
      reason: "drain",
    });
    expect(first({ override: drain(NOW_MS + 1) })).toMatchObject({ ...draining, takesPresentUsers: true });
    expect(first({ override: drain(NOW_MS) })).toMatchObject({
      ...draining,
      takesPresentUsers: false,
      reason: "drain-over",
    });
  });

  it("that asks to be drained drains", () => {
    expect(first({ capacity: { kind: "drain" } })).toMatchObject({
      state: "draining",
      reason: "capacity",
      takesNewUsers: false,
      takesPresentUsers: true,
    });
  });

  it("takes the share that it reports, times that of its slow start", () => {
    const half = { kind: "percent", percent: 50 } as const;
    const returned = { sinceMs: 4000, successes: 1000 };
    expect(first({ capacity: half })).toMatchObject({ factor: 0.5, reason: "capacity" });
    expect(first({ returned })).toMatchObject({ factor: 0.4, reason: "slow-start" });
    expect(first({ returned, capacity: half })).toMatchObject({ factor: 0.2, reason: "slow-start" });
    const grown = { sinceMs: 20_000, successes: 20 };
    expect(first({ returned: grown, capacity: half })).toMatchObject({ factor: 0.5, reason: "capacity" });
    expect(first({ returned: { sinceMs: 20_000, successes: 20 } })).toMatchObject({
      factor: 1,
      reason: "ok",
    });
  });

  it("that is the last one left takes all though it was ejected", () => {
    expect(first({ ejection: ejected, ejectionHolds: false })).toMatchObject({
      state: "healthy",
      reason: "last-left",
      takesWrites: true,
    });
  });
});

describe("a state", () => {
  const at = (afterMs: number, signals: Partial<OriginSignals>, previous: Availability) =>
    availabilityOf({ ...well, ...signals }, previous, NOW_MS + afterMs);
  const unhealthy = at(0, { probes: "unhealthy" }, first({}));

  it("changes at once from the first one", () => {
    expect(unhealthy).toMatchObject({ state: "unhealthy", sinceMs: NOW_MS });
  });

  it("is held for ten seconds then", () => {
    expect(at(HOLD_MS - 1, {}, unhealthy)).toMatchObject({
      state: "unhealthy",
      reason: "held",
      takesReads: false,
      sinceMs: NOW_MS,
    });
    expect(at(HOLD_MS, {}, unhealthy)).toMatchObject({ state: "healthy", sinceMs: NOW_MS + HOLD_MS });
  });

  it("gives way at once to an operator, coming and going", () => {
    const maintenance = at(1000, { override: { kind: "maintenance" } }, unhealthy);
    expect(maintenance.state).toBe("maintenance");
    expect(at(2000, {}, maintenance).state).toBe("healthy");
    expect(at(2000, { override: drain() }, maintenance).state).toBe("draining");
  });

  it("gives way at once when nobody else is left", () => {
    const out = at(0, { ejection: ejected }, first({}));
    expect(at(1000, { ejection: ejected, ejectionHolds: false }, out).state).toBe("healthy");
  });

  it("is not held by a clock that was set back", () => {
    expect(at(-3_600_000, {}, unhealthy).state).toBe("healthy");
  });

  const anyEjection: fc.Arbitrary<Ejection> = fc.constantFrom(NEVER_EJECTED, ejected, onTrial);
  const anySignals: fc.Arbitrary<OriginSignals> = fc.record({
    override: fc.constantFrom<Override>({ kind: "none" }, drain(), drain(NOW_MS), { kind: "maintenance" }),
    probes: fc.constantFrom("healthy", "unhealthy", "unknown"),
    ejection: anyEjection,
    ejectionHolds: fc.constant(true),
    returned: fc.option(fc.record({ sinceMs: fc.nat(20_000), successes: fc.nat(40) }), { nil: undefined }),
    capacity: fc.option(
      fc.oneof(
        fc.constant({ kind: "drain" as const }),
        fc.record({ kind: fc.constant("percent" as const), percent: fc.integer({ min: 1, max: 100 }) }),
      ),
      { nil: undefined },
    ),
  });

  it("changes at most once in ten seconds while no operator acts, however an origin flaps", () => {
    const steps = fc.array(fc.tuple(anySignals, fc.integer({ min: 0, max: 4000 })), { maxLength: 80 });
    const override = fc.constantFrom<Override>({ kind: "none" }, drain(), { kind: "maintenance" });
    fc.assert(
      fc.property(steps, override, (given, same) => {
        let nowMs = NOW_MS;
        let previous: Availability | undefined;
        let changedAtMs = 0;
        for (const [signals, afterMs] of given) {
          nowMs += afterMs;
          const next = availabilityOf({ ...signals, override: same }, previous, nowMs);
          if (previous !== undefined && next.state !== previous.state) {
            expect(nowMs - changedAtMs).toBeGreaterThanOrEqual(HOLD_MS);
            changedAtMs = nowMs;
          }
          previous = next;
        }
      }),
    );
  });

  it("takes nothing when it is out, new users only when healthy, and never more than its share", () => {
    fc.assert(
      fc.property(anySignals, (signals) => {
        const is = availabilityOf(signals, undefined, NOW_MS);
        expect(is.factor).toBeGreaterThanOrEqual(0);
        expect(is.factor).toBeLessThanOrEqual(1);
        expect(is.takesNewUsers).toBe(is.state === "healthy");
        expect(is.factor > 0).toBe(is.state === "healthy");
        const isIn = is.state === "healthy" || is.state === "draining";
        expect(is.takesReads).toBe(isIn);
        expect(is.takesWrites).toBe(isIn);
        if (!isIn) expect(is.takesPresentUsers).toBe(false);
        if (signals.override.kind === "maintenance") expect(is.state).toBe("maintenance");
      }),
    );
  });
});

describe("several overrides", () => {
  it("are as the strictest, with the earliest deadline", () => {
    expect(combineOverrides([])).toEqual({ kind: "none" });
    expect(combineOverrides([{ kind: "none" }, drain(5), drain(), drain(3)])).toEqual(drain(3));
    expect(combineOverrides([drain(), { kind: "none" }])).toEqual(drain());
    expect(combineOverrides([drain(3), drain(5)])).toEqual(drain(3));
    expect(combineOverrides([drain(3), { kind: "maintenance" }, drain(1)])).toEqual({ kind: "maintenance" });
  });
});
