import { describe, expect, it } from "vitest";
import { rulesAt } from "../../src/policy/room-rules.ts";
import { roomOf } from "../support/room-figures.ts";

describe("a room's limit while regions are out", () => {
  it.each([
    [500, 0.5, 250],
    [10, 0.25, 2],
    [100, 1, 100],
    [100, 0, 0],
  ])("is what is left of %d at %d of the capacity: %d", (activeLimit, reachable, limit) => {
    expect(rulesAt({ ...roomOf(activeLimit), reachable }, 0).limit).toBe(limit);
  });

  // Found by the simulation: the large region was ejected for answers of 503 while its probes passed, so that only
  // users' reads could prove it well again, and nobody was let in to make any.
  it("lets one user in where arithmetic would leave none, so that a region on trial can prove itself", () => {
    expect(rulesAt({ ...roomOf(6), reachable: 0.05 }, 0).limit).toBe(1);
  });
});
