import { describe, expect, it } from "vitest";
import { type Overload, type Second, simulateOverload } from "../support/overload-simulation.ts";

/** What the pool carries: so many at once, so long each. */
const IN_FLIGHT = 24;
const SERVICE_MS = 150;
const PER_SECOND = (IN_FLIGHT * 1000) / SERVICE_MS;
const EVERY_MS = 500;
const WARM_UP_S = 5;

/** By the second. */
function run(overload: Partial<Overload> & Pick<Overload, "places" | "users">): Second[] {
  return simulateOverload({
    ...{ seed: 3, edges: 8, everyMs: EVERY_MS, stayMs: 15_000, serviceMs: SERVICE_MS, untilMs: 60_000 },
    inFlightAt: () => IN_FLIGHT,
    ...overload,
  });
}

/** Requests a second. */
function mean(seconds: readonly Second[], what: "served" | "failed"): number {
  return seconds.reduce((sum, second) => sum + second[what], 0) / seconds.length;
}

/** What the users of a full room ask for, a second. */
const askedBy = (places: number) => (places * 1000) / EVERY_MS;

describe("a crowd before a room", () => {
  it.each([2, 5, 10])(
    "%d times as many as it has places, is served as much as a full room asks for",
    (times) => {
      const places = 30;
      const served = mean(run({ places, users: times * places }).slice(WARM_UP_S), "served");
      expect(served).toBeGreaterThanOrEqual(0.95 * askedBy(places));
    },
  );

  it.each([1, 8, 100])("is served no less for one failure in a hundred, with %d edges", (edges) => {
    const places = 30;
    const served = mean(run({ places, users: 5 * places, edges, faults: 0.01 }).slice(WARM_UP_S), "served");
    expect(served).toBeGreaterThanOrEqual(0.9 * askedBy(places));
  });

  it("of 75 % of what the pool carries is served nine tenths of it, though peaks are turned away", () => {
    const places = (0.75 * PER_SECOND * EVERY_MS) / 1000;
    const seconds = run({ places, users: 5 * places }).slice(WARM_UP_S);
    expect(mean(seconds, "failed")).toBeGreaterThan(0);
    expect(mean(seconds, "served")).toBeGreaterThanOrEqual(0.9 * askedBy(places));
  });

  it("of more than the pool carries is kept so small that few are turned away, and the pool stays full", () => {
    const places = (1.25 * PER_SECOND * EVERY_MS) / 1000;
    const seconds = run({ places, users: 5 * places }).slice(WARM_UP_S);
    const [served, failed] = [mean(seconds, "served"), mean(seconds, "failed")];
    expect(failed / (served + failed)).toBeLessThanOrEqual(0.08);
    // A pool without a line of its own that turns away a twentieth carries 76 % of the most (Erlang's B, 24 at once).
    expect(served).toBeGreaterThanOrEqual(0.72 * PER_SECOND);
  });
});

describe("a pool that carries less from the 20th to the 50th second", () => {
  const places = 60;
  const cutTo = (share: number) =>
    run({
      ...{ places, users: 5 * places, untilMs: 90_000 },
      inFlightAt: (ms) => (ms >= 20_000 && ms < 50_000 ? share * IN_FLIGHT : IN_FLIGHT),
    });

  it("a third: has so many users that it is used, and few are turned away", () => {
    const cut = cutTo(1 / 3).slice(35, 50);
    const [served, failed] = [mean(cut, "served"), mean(cut, "failed")];
    expect(failed / (served + failed)).toBeLessThanOrEqual(0.15);
    expect(served).toBeGreaterThanOrEqual((0.5 * PER_SECOND) / 3);
  });

  it.each([1 / 3, 0])("%d of it: is as full as before within ten seconds", (share) => {
    const seconds = cutTo(share);
    const before = mean(seconds.slice(WARM_UP_S, 20), "served");
    expect(mean(seconds.slice(60, 70), "served")).toBeGreaterThanOrEqual(0.95 * before);
  });
});
