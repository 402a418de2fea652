import { describe, expect, it } from "vitest";
import { skewOf } from "../../src/policy/room-clock.ts";

const NOW = 1_700_000_000_000;

describe("the distance of two clocks", () => {
  it("is none while it could be the way there and back", () => {
    expect(skewOf(NOW + 400, NOW, NOW + 100)).toBe(0);
    expect(skewOf(NOW - 400, NOW, NOW + 100)).toBe(0);
  });

  it("is added to the edge's from half a second on", () => {
    expect(skewOf(NOW + 5050, NOW, NOW + 100)).toBe(5000);
    expect(skewOf(NOW - 4950, NOW, NOW + 100)).toBe(-5000);
  });
});
