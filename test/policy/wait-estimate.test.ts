import { describe, expect, it } from "vitest";
import { estimateWait, newAdmissions, noteAdmissions, paceOf } from "../../src/policy/wait-estimate.ts";

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** Poisson by Knuth's product; by the normal distribution for large means. */
function poisson(mean: number, next: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
    return Math.max(0, Math.round(mean + normal * Math.sqrt(mean)));
  }
  let product = next();
  let count = 0;
  for (; product > Math.exp(-mean); count += 1) product *= next();
  return count;
}

function run(seconds: number, admitted: (second: number) => number, history = newAdmissions(0)) {
  const from = history.notedAtMs / 1000;
  for (let second = 1; second <= seconds; second += 1) {
    noteAdmissions(history, admitted(second), 1000, (from + second) * 1000);
  }
  return history;
}

describe("the estimated wait", () => {
  it.each([0.2, 1, 10, 500])(
    "at a steady rate of %d a second is right within 30 percent for 90 percent of users",
    (rate) => {
      const next = random(7);
      const warmUp = Math.max(60, 200 / rate);
      let users = 0;
      let right = 0;
      for (let trial = 0; trial < 60; trial += 1) {
        const counts = Array.from({ length: 4000 }, () => poisson(rate, next));
        const history = newAdmissions(0);
        noteAdmissions(history, 0, 1, 0);
        let second = 0;
        for (; second < warmUp; second += 1) {
          noteAdmissions(history, counts[second] ?? 0, 1000, (second + 1) * 1000);
        }
        // With fewer ahead chance alone is wider than that: twenty at random intervals vary by 22 %.
        for (const ahead of [60, 120, 240].map((seconds) => Math.max(60, Math.round(seconds * rate)))) {
          const estimate = estimateWait(paceOf(history), ahead);
          if (estimate.kind !== "range") throw new Error(estimate.kind);
          let admitted = 0;
          let waited = 0;
          for (; admitted <= ahead; waited += 1) admitted += counts[second + waited] ?? 0;
          users += 1;
          const told = (estimate.low + estimate.high) / 2;
          if (waited >= told * 0.7 && waited <= told * 1.3) right += 1;
        }
      }
      if (process.env.TIDEGATE_FIGURES !== undefined) console.log({ rate, right: right / users });
      expect(right / users).toBeGreaterThanOrEqual(0.9);
    },
  );

  it("hardly moves with one slow second, or one fast one", () => {
    const told = (odd: number) => {
      const history = run(120, (second) => (second === 118 ? odd : 10));
      return estimateWait(paceOf(history), 1000);
    };
    expect(told(10)).toEqual({ kind: "range", low: 100, high: 101 });
    for (const odd of [0, 40]) {
      const estimate = told(odd);
      if (estimate.kind !== "range") throw new Error(estimate.kind);
      expect(estimate.low).toBeGreaterThanOrEqual(95);
      expect(estimate.high).toBeLessThanOrEqual(110);
    }
  });

  it("is unknown before ten seconds of admissions have been seen", () => {
    expect(paceOf(newAdmissions(0))).toEqual({ kind: "unknown" });
    expect(paceOf(run(8, () => 10))).toEqual({ kind: "unknown" });
    expect(paceOf(run(13, () => 10)).kind).toBe("moving");
  });

  it("is paused while nobody is admitted, and begins anew after the pause", () => {
    const history = run(120, () => 10);
    run(14, () => 0, history);
    expect(paceOf(history).kind).toBe("moving");
    run(10, () => 0, history);
    expect(estimateWait(paceOf(history), 5)).toEqual({ kind: "paused" });
    run(600, () => 0, history);
    expect(paceOf(history)).toEqual({ kind: "paused" });
    run(20, () => 10, history);
    expect(paceOf(history)).toEqual({ kind: "moving", typical: 10, slow: 10 });
  });

  it("does not take a slow line for a standing one", () => {
    const history = run(600, (second) => (second % 30 === 0 ? 1 : 0));
    run(29, () => 0, history);
    expect(paceOf(history).kind).toBe("moving");
  });

  it("follows a rate that has changed within a minute", () => {
    const history = run(300, () => 10);
    run(60, () => 5, history);
    const pace = paceOf(history);
    if (pace.kind !== "moving") throw new Error(pace.kind);
    expect(pace.typical).toBeCloseTo(5, 0);
  });

  it("leaves out time in which nobody waited", () => {
    const history = newAdmissions(0);
    noteAdmissions(history, 0, 1, 0);
    for (let second = 1; second <= 400; second += 1) {
      const isIdle = second % 20 >= 10;
      noteAdmissions(history, isIdle ? 0 : 10, isIdle || second % 20 === 9 ? 0 : 50, second * 1000);
    }
    noteAdmissions(history, 0, 50, 401_000);
    const pace = paceOf(history);
    if (pace.kind !== "moving") throw new Error(pace.kind);
    expect(pace.typical).toBeGreaterThan(8);
    expect(pace.typical).toBeLessThan(12);
  });

  it("keeps a small history as plain data", () => {
    const history = run(5000, () => 200);
    const json = JSON.stringify(history);
    expect(json.length).toBeLessThan(1500);
    expect(paceOf(JSON.parse(json))).toEqual(paceOf(history));
  });
});
