/** Where a digest draws a ticket to. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawnTimeMs } from "../../src/policy/lottery.ts";

const START_MS = 1_796_090_400_000;
const HALF_HOUR_MS = 1_800_000;
const drawn = (bytes: readonly number[], prequeueMs = HALF_HOUR_MS) =>
  drawnTimeMs(Uint8Array.from(bytes), START_MS, prequeueMs);

describe("the drawn time", () => {
  it("is from the first moment of the pre-queue to the last one before the start", () => {
    expect(drawn([0, 0, 0, 0, 0, 0])).toBe(START_MS - HALF_HOUR_MS);
    expect(drawn([0x80, 0, 0, 0, 0, 0])).toBe(START_MS - HALF_HOUR_MS / 2);
    expect(drawn([255, 255, 255, 255, 255, 255])).toBe(START_MS - 1);
    expect(drawn([255, 255, 255, 255, 255, 255], 86_400_000)).toBe(START_MS - 1);
  });

  it("goes by the first 48 bits only", () => {
    expect(drawn([1, 2, 3, 4, 5, 6, 7, 8])).toBe(drawn([1, 2, 3, 4, 5, 6, 255, 255]));
  });

  it("is within the pre-queue and rises with the digest, whatever the digest", () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(digest, digest, fc.integer({ min: 1, max: 86_400_000 }), (one, other, prequeueMs) => {
        const times = [one, other].map((bytes) => drawnTimeMs(bytes, START_MS, prequeueMs));
        for (const time of times) {
          expect(time).toBeGreaterThanOrEqual(START_MS - prequeueMs);
          expect(time).toBeLessThan(START_MS);
          expect(Number.isInteger(time)).toBe(true);
        }
        const [first = 0, second = 0] = times;
        const isLess = Buffer.compare(one.subarray(0, 6), other.subarray(0, 6)) <= 0;
        expect(isLess ? first <= second : second <= first).toBe(true);
      }),
    );
  });
});
