import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EJECTION_DEFAULTS,
  type Ejection,
  type EjectionEvent,
  isOut,
  mayTry,
  NEVER_EJECTED,
  nextEjection,
} from "../../src/policy/ejection.ts";

const START_MS = 1_800_000_000_000;
const MIDDLE = 0.5;
const failing = (probes: "healthy" | "unhealthy" | "unknown" = "healthy"): EjectionEvent => ({
  kind: "failing",
  reason: "consecutive-failures",
  probes,
});
const probes = (say: "healthy" | "unhealthy" | "unknown"): EjectionEvent => ({ kind: "probes", probes: say });
const tick: EjectionEvent = { kind: "tick" };
const tried = (evidence: "success" | "failure" | "neutral"): EjectionEvent => ({ kind: "tried", evidence });

/** Plays events at seconds after the start. */
const play = (...events: readonly (readonly [number, EjectionEvent])[]): Ejection =>
  events.reduce<Ejection>(
    (state, [atSeconds, event]) => nextEjection(state, event, START_MS + atSeconds * 1000, MIDDLE),
    NEVER_EJECTED,
  );
const backAgain = (atSeconds: number) =>
  Array.from({ length: 3 }, () => [atSeconds, tried("success")] as const);

describe("an ejection", () => {
  it("begins at once for an origin that never changed", () => {
    expect(play([0, failing()])).toEqual({
      kind: "ejected",
      times: 1,
      changedAtMs: START_MS,
      reason: "consecutive-failures",
      endsAtMs: START_MS + 30_000,
      monitorSawIt: false,
    });
  });

  it("lasts 30 s give or take a tenth, at random", () => {
    const endsAfterMs = (random: number) => {
      const state = nextEjection(NEVER_EJECTED, failing(), START_MS, random);
      return state.kind === "ejected" ? state.endsAtMs - START_MS : 0;
    };
    expect(endsAfterMs(0)).toBe(27_000);
    expect(endsAfterMs(0.5)).toBe(30_000);
    expect(endsAfterMs(1 - Number.EPSILON)).toBe(33_000);
  });

  it("is given or taken a tenth at its longest too", () => {
    let state: Ejection = NEVER_EJECTED;
    for (let at = START_MS; state.times < 10; at += 400_000)
      state = nextEjection(state, state.kind === "none" ? failing() : tried("failure"), at, MIDDLE);
    const begunAtMs = START_MS + 10 * 400_000;
    const longest = nextEjection(state, tried("failure"), begunAtMs, 0.999);
    expect(longest).toMatchObject({ kind: "ejected", endsAtMs: begunAtMs + 329_940 });
    expect(nextEjection(longest, tick, begunAtMs, MIDDLE).kind).toBe("ejected");
  });

  it("is not made longer by failures that still come in", () => {
    expect(play([0, failing()], [5, failing()])).toEqual(play([0, failing()]));
  });

  it("becomes a trial when its time is over, and three real reads end it", () => {
    expect(play([0, failing()], [29.9, tick]).kind).toBe("ejected");
    expect(play([0, failing()], [30, tick]).kind).toBe("trial");
    expect(play([0, failing()], [30, tried("success")], [31, tried("success")]).kind).toBe("trial");
    expect(play([0, failing()], ...backAgain(31))).toEqual({
      kind: "none",
      times: 1,
      changedAtMs: START_MS + 31_000,
      cleanSinceMs: START_MS + 31_000,
    });
  });

  it("begins again with twice the time when a read on trial fails", () => {
    const state = play([0, failing()], [31, tried("success")], [32, tried("failure")]);
    expect(state).toMatchObject({ kind: "ejected", times: 2, endsAtMs: START_MS + 92_000 });
    expect(state.changedAtMs).toBe(START_MS);
  });

  it("takes nothing from a read whose client went away", () => {
    expect(play([0, failing()], [31, tried("neutral")])).toMatchObject({ kind: "trial", successes: 0 });
  });

  it("grows to 300 s and no further", () => {
    let state: Ejection = NEVER_EJECTED;
    const lastedMs: number[] = [];
    let nowMs = START_MS;
    state = nextEjection(state, failing(), nowMs, MIDDLE);
    for (let round = 0; round < 13 && state.kind === "ejected"; round++) {
      lastedMs.push(state.endsAtMs - nowMs);
      nowMs = state.endsAtMs;
      state = nextEjection(state, tried("failure"), nowMs, MIDDLE);
    }
    expect(lastedMs.map((ms) => ms / 1000)).toEqual([
      30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300, 300,
    ]);
    expect(state.times).toBe(10);
  });

  it("is longer when the origin fails soon after it came back", () => {
    expect(play([0, failing()], ...backAgain(31), [50, failing()])).toMatchObject({ times: 2 });
  });

  it("forgets one ejection with each clean interval", () => {
    const twice = [[0, failing()], [30, tried("failure")], ...backAgain(100)] as const;
    expect(play(...twice).times).toBe(2);
    expect(play(...twice, [129, tick]).times).toBe(2);
    expect(play(...twice, [130, tick]).times).toBe(1);
    expect(play(...twice, [160, tick]).times).toBe(0);
    expect(play(...twice, [130, tick], [159, tick]).times).toBe(1);
    expect(play(...twice, [130, tick], [160, tick]).times).toBe(0);
    expect(play(...twice, [1000, failing()])).toMatchObject({ kind: "ejected", times: 1 });
  });

  it("ends when the monitor that saw it too sees the origin recover, but not within 10 s", () => {
    expect(isOut(play([0, failing("unhealthy")], [9.9, probes("healthy")]))).toBe(true);
    expect(isOut(play([0, failing("unhealthy")], [10, probes("healthy")]))).toBe(false);
    expect(isOut(play([0, failing()], [3, probes("unhealthy")], [12, probes("healthy")]))).toBe(false);
  });

  it("does not end by a monitor that never saw it (a grey failure)", () => {
    expect(isOut(play([0, failing("healthy")], [12, probes("healthy")], [29, probes("healthy")]))).toBe(true);
    expect(isOut(play([0, failing("unknown")], [12, probes("healthy")]))).toBe(true);
  });

  it("takes a stopped monitor's silence for nothing", () => {
    expect(isOut(play([0, failing("unhealthy")], [12, probes("unknown")]))).toBe(true);
  });

  it("waits 10 s after the origin came back", () => {
    expect(isOut(play([0, failing()], ...backAgain(31), [40.9, failing()]))).toBe(false);
    expect(isOut(play([0, failing()], ...backAgain(31), [41, failing()]))).toBe(true);
  });

  it("waits no longer than that when the clock is set back", () => {
    expect(isOut(play([3600, failing("unhealthy")], [5, probes("healthy")]))).toBe(false);
  });

  it("does not become endless when the clock is set back", () => {
    expect(play([3600, failing()], [0, tick]).kind).toBe("trial");
  });
});

describe("reads on trial", () => {
  const trial = play([0, failing()], [30, tick]);

  it("go one a second from each edge, and only on trial", () => {
    const nowMs = START_MS + 30_000;
    expect(mayTry(trial, 0, nowMs)).toBe(true);
    expect(mayTry(trial, nowMs - 999, nowMs)).toBe(false);
    expect(mayTry(trial, nowMs - 1000, nowMs)).toBe(true);
    expect(mayTry(trial, nowMs + 3_600_000, nowMs)).toBe(true);
    expect(mayTry(play([0, failing()]), 0, nowMs)).toBe(false);
    expect(mayTry(NEVER_EJECTED, 0, nowMs)).toBe(false);
  });
});

describe("an ejection's life, whatever happens", () => {
  const event: fc.Arbitrary<EjectionEvent> = fc.oneof(
    fc.constant(tick),
    fc.constantFrom("healthy", "unhealthy", "unknown").map((say) => failing(say)),
    fc.constantFrom("healthy", "unhealthy", "unknown").map((say) => probes(say)),
    fc.constantFrom("success", "failure", "neutral").map((evidence) => tried(evidence)),
  );
  const step = fc.record({
    event,
    afterMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 100_000 })),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it("changes at most once in 10 s, starts only by failing, and ends only by proof", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let state: Ejection = NEVER_EJECTED;
        let nowMs = START_MS;
        let changedAtMs = 0;
        let successesInARow = 0;
        for (const { event: happens, afterMs, random } of steps) {
          nowMs += afterMs;
          const next: Ejection = nextEjection(state, happens, nowMs, random);
          if (happens.kind === "tried") {
            if (happens.evidence === "success") successesInARow += 1;
            if (happens.evidence === "failure") successesInARow = 0;
          }
          if (isOut(next) !== isOut(state)) {
            expect(nowMs - changedAtMs).toBeGreaterThanOrEqual(10_000);
            changedAtMs = nowMs;
            if (isOut(next)) expect(happens.kind).toBe("failing");
            else if (happens.kind === "probes") {
              expect(happens.probes).toBe("healthy");
              expect(state).toMatchObject({ monitorSawIt: true });
            } else expect(successesInARow).toBeGreaterThanOrEqual(3);
          }
          expect(next.times).toBeGreaterThanOrEqual(isOut(next) ? 1 : 0);
          expect(next.times).toBeLessThanOrEqual(10);
          if (next.kind === "ejected") expect(next.endsAtMs - nowMs).toBeLessThanOrEqual(330_000);
          state = JSON.parse(JSON.stringify(next));
          expect(state).toEqual(next);
        }
      }),
    );
  });

  it("always comes to a trial within the longest time", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let state: Ejection = NEVER_EJECTED;
        let nowMs = START_MS;
        for (const { event: happens, afterMs, random } of steps) {
          nowMs += afterMs;
          state = nextEjection(state, happens, nowMs, random);
        }
        const later = nextEjection(state, tick, nowMs + EJECTION_DEFAULTS.longestMs * 1.1, MIDDLE);
        expect(later.kind).not.toBe("ejected");
      }),
    );
  });
});
