// kill -9 of the edge with its Limiter objects, at random moments: tokens that were lent are gone, none is given twice.
import { describe, expect, it } from "vitest";
import { crashLimits } from "../../scripts/crash/limits.ts";

const DEADLINE_MS = 180_000;

// At the same time: they mostly wait.
describe.concurrent("kill -9 of the edge and its Limiter objects", () => {
  // `npm run crash:limits` does it a thousand times.
  it("refills no bucket, at 20 random moments under load", { timeout: DEADLINE_MS }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { kills, seconds, struck, admitted, overdrawn } = await crashLimits({ points: 20, seed });
    console.log(
      `${kills} kills in ${seconds.toFixed(1)} s, seed ${seed}: ${admitted} admitted, ${struck} struck`,
    );
    expect(overdrawn).toEqual([]);
    // It served all the same, and buckets were in use when it died.
    expect(admitted).toBeGreaterThan(100);
    expect(struck).toBeGreaterThan(20);
  });

  it("would be found out if it did", { timeout: DEADLINE_MS }, async () => {
    const { overdrawn } = await crashLimits({ points: 5, seed: 1, losesState: true, untilOverdrawn: true });
    expect(overdrawn.length).toBeGreaterThan(0);
  });
});
