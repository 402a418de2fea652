import { describe, expect, it } from "vitest";
import { ageValue, cacheStatusValue } from "../../src/policy/cache-status.ts";

describe("Age", () => {
  it.each([
    [0, "0"],
    [999, "0"],
    [61_500, "61"],
    [-5, "0"],
  ])("of %i ms is %s", (ms, text) => {
    expect(ageValue(ms)).toBe(text);
  });
});

describe("Cache-Status", () => {
  it("tells the edge's name and the freshness that is left", () => {
    expect(cacheStatusValue(null, "tidegate", 30_500)).toBe("tidegate; hit; ttl=30; detail=stale-if-error");
  });

  it("is negative since the answer went stale", () => {
    expect(cacheStatusValue(null, "tidegate", -1)).toBe("tidegate; hit; ttl=-1; detail=stale-if-error");
    expect(cacheStatusValue(null, "tidegate", -240_000)).toContain("ttl=-240;");
  });

  it("stands after what caches nearer to the origin said", () => {
    expect(cacheStatusValue("origin; hit", "tidegate", 0)).toBe(
      "origin; hit, tidegate; hit; ttl=0; detail=stale-if-error",
    );
  });

  it.each([
    ["1-edge", '"1-edge"'],
    ["!edge", '"!edge"'],
    ["*edge", "*edge"],
  ])("writes the name %s as a structured field: %s", (name, written) => {
    expect(cacheStatusValue(null, name, 0)).toMatch(new RegExp(`^${written.replaceAll("*", "\\*")}; hit`));
  });
});
