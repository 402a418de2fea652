import { describe, expect, it } from "vitest";
import { newRecentAsked, noteAsked, type RecentAsked, recentlyAsked } from "../../src/policy/recent-asked.ts";

/** So many requests each second, by origin of one pool, from `fromSecond` to before `untilSecond`. */
function drive(
  recent: RecentAsked,
  perSecond: Readonly<Record<string, number>>,
  fromSecond: number,
  untilSecond: number,
): void {
  for (let second = fromSecond; second < untilSecond; second += 1)
    for (const [origin, by] of Object.entries(perSecond))
      noteAsked(recent, `wallet ${origin}`, by, second * 1000 + 500);
}

const at = (recent: RecentAsked, second: number) =>
  Object.fromEntries(recentlyAsked(recent, second * 1000 + 999));

describe("what was asked lately", () => {
  it("is of three steps, the open one among them, where there are many requests", () => {
    const recent = newRecentAsked();
    drive(recent, { hk: 1000 }, 0, 30);
    expect(at(recent, 29)).toEqual({ "wallet hk": 3000 });
  });

  it("has nothing left of an origin that lost its users three seconds ago", () => {
    const recent = newRecentAsked();
    drive(recent, { hk: 20, sg: 20 }, 0, 20);
    drive(recent, { sg: 40 }, 20, 23);
    expect(at(recent, 22)).toEqual({ "wallet sg": 120 });
  });

  it("reaches back as far as it takes for a hundred requests, pool by pool", () => {
    const recent = newRecentAsked();
    for (let second = 0; second < 30; second += 1) {
      noteAsked(recent, "wallet hk", 10, second * 1000);
      noteAsked(recent, "other tyo", 500, second * 1000);
    }
    expect(at(recent, 29)).toEqual({ "wallet hk": 100, "other tyo": 1500 });
  });

  it("is of twenty seconds at most, and of nobody when nobody came", () => {
    const recent = newRecentAsked();
    drive(recent, { hk: 1 }, 0, 40);
    expect(at(recent, 39)).toEqual({ "wallet hk": 20 });
    expect(at(recent, 70)).toEqual({});
  });
});
