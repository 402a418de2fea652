import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ejection, isOut, NEVER_EJECTED, nextEjection } from "../../src/policy/ejection.ts";
import { type EjectionCandidate, ejectionsInForce, mayEject } from "../../src/policy/last-origin.ts";

const START_MS = 1_800_000_000_000;
const ejectedAt = (atMs: number): Ejection =>
  nextEjection(NEVER_EJECTED, { kind: "failing", reason: "no-success", probes: "unknown" }, atMs, 0.5);
const well: EjectionCandidate = { isOutOtherwise: false, ejection: NEVER_EJECTED };
const down: EjectionCandidate = { isOutOtherwise: true, ejection: NEVER_EJECTED };
const ejected = (afterMs = 0): EjectionCandidate => ({
  isOutOtherwise: false,
  ejection: ejectedAt(START_MS + afterMs),
});

describe("the last origin", () => {
  it("is not ejected: alone, beside dead ones, beside ejected ones", () => {
    expect(mayEject([well], 0)).toBe(false);
    expect(mayEject([well, down], 0)).toBe(false);
    expect(mayEject([ejected(), well, down], 1)).toBe(false);
  });

  it("is not meant by one of two", () => {
    expect(mayEject([well, well], 0)).toBe(true);
    expect(mayEject([well, well, down], 1)).toBe(true);
  });

  it("stays in when the others go out while it is ejected", () => {
    expect(ejectionsInForce([ejected(), well])).toEqual([true, false]);
    expect(ejectionsInForce([ejected(), down])).toEqual([false, false]);
  });

  it("is the one whose ejection ends first, when two edges ejected two at one time", () => {
    expect(ejectionsInForce([ejected(500), ejected(0)])).toEqual([true, false]);
    expect(ejectionsInForce([ejected(0), ejected(0)])).toEqual([false, true]);
  });

  it("is the one on trial before one that has not served its time", () => {
    const trial = nextEjection(ejectedAt(START_MS), { kind: "tick" }, START_MS + 40_000, 0.5);
    expect(ejectionsInForce([ejected(0), { isOutOtherwise: false, ejection: trial }])).toEqual([true, false]);
  });

  it("does not help when all are out for other reasons", () => {
    expect(ejectionsInForce([down, { ...ejected(), isOutOtherwise: true }])).toEqual([false, true]);
    expect(ejectionsInForce([])).toEqual([]);
  });

  it("is never taken out by ejection, whoever else is out and in whatever order edges act", () => {
    const candidate = fc.record({
      isOutOtherwise: fc.boolean(),
      ejection: fc.oneof(
        fc.constant(NEVER_EJECTED),
        fc.nat(60_000).map((ms) => ejectedAt(START_MS + ms)),
      ),
    });
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1, maxLength: 6 }), (pool) => {
        const inForce = ejectionsInForce(pool);
        const isIn = (index: number) => !pool[index]?.isOutOtherwise && !inForce[index];
        const someCould = pool.some(({ isOutOtherwise }) => !isOutOtherwise);
        expect(pool.some((_, index) => isIn(index))).toBe(someCould);
        pool.forEach(({ ejection }, index) => {
          if (!isOut(ejection)) expect(inForce[index]).toBe(false);
        });
        const lifted = pool.filter(({ ejection }, index) => isOut(ejection) && !inForce[index]);
        expect(lifted.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("is left after any series of ejections that asked first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat(5), { maxLength: 30 }), (size, order) => {
        const pool: EjectionCandidate[] = Array.from({ length: size }, () => well);
        for (const origin of order) {
          if (origin < size && mayEject(pool, origin)) pool[origin] = ejected();
        }
        expect(pool.some(({ ejection }) => !isOut(ejection))).toBe(true);
      }),
    );
  });
});
