import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admissible, newPace, notePaced } from "../../src/policy/admission-pace.ts";

const START_MS = 1_800_000_000_000;

describe("a pace of so many users a minute", () => {
  it("is kept in any 60 seconds, however fast users come and whatever is lent", () => {
    const steps = fc.array(fc.record({ passMs: fc.nat(4000), lent: fc.nat(5) }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), steps, (perMinute, all) => {
        const pace = newPace(START_MS);
        const entries: number[] = [];
        let nowMs = START_MS;
        let lent = 0;
        for (const step of all) {
          nowMs += step.passMs;
          // Those who were lent a slot come in late.
          for (let left = lent; left > 0; left -= 1) entries.push(nowMs);
          notePaced(pace, lent, nowMs);
          lent = Math.min(step.lent, admissible(pace, perMinute, 0, nowMs));
          const count = admissible(pace, perMinute, lent, nowMs);
          for (let left = count; left > 0; left -= 1) entries.push(nowMs);
          notePaced(pace, count, nowMs);
        }
        for (const entry of entries) {
          const within = entries.filter((other) => other >= entry && other < entry + 60_000).length;
          expect(within).toBeLessThanOrEqual(perMinute);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("lets nobody in when it is 0", () => {
    const pace = newPace(START_MS);
    expect(admissible(pace, 0, 0, START_MS)).toBe(0);
    expect(admissible(pace, 0, 0, START_MS + 120_000)).toBe(0);
  });

  it("is spread: at once a tenth comes in, and then one after another", () => {
    const pace = newPace(START_MS);
    expect(admissible(pace, 60, 0, START_MS)).toBe(6);
    notePaced(pace, 6, START_MS);
    expect(admissible(pace, 60, 0, START_MS + 900)).toBe(0);
    expect(admissible(pace, 60, 0, START_MS + 3000)).toBe(3);
  });

  it("goes on after a clock was set back, and is not exceeded by it", () => {
    const pace = newPace(START_MS);
    notePaced(pace, admissible(pace, 10, 0, START_MS), START_MS);
    expect(admissible(pace, 10, 0, START_MS - 3_600_000)).toBe(0);
    expect(admissible(pace, 10, 0, START_MS - 3_600_000 + 60_000)).toBeGreaterThan(0);
  });
});
