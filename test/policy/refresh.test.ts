import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  backOffMs,
  decideRefresh,
  FRESH_MS,
  LONGEST_BACK_OFF_MS,
  NEVER,
  notYetRefreshed,
  paceTold,
  REFRESH_DEADLINE_MS,
  REFRESH_GIVE_UP_MS,
  type RefreshState,
  reportDueMs,
  STALE_MS,
} from "../../src/policy/refresh.ts";

const NOW_MS = 1_700_000_000_000;

/** A state by ages: how long ago each thing happened. */
function state(ages: {
  taken?: number;
  started?: number;
  asked?: number;
  looked?: number;
  pace?: number;
  failures?: number;
  failed?: number;
}): RefreshState {
  const { taken = Number.POSITIVE_INFINITY, started = Number.POSITIVE_INFINITY } = ages;
  const { asked = Number.POSITIVE_INFINITY, looked = Number.POSITIVE_INFINITY, pace = 500 } = ages;
  const { failures = 0, failed = Number.POSITIVE_INFINITY } = ages;
  return {
    takenAtMs: NOW_MS - taken,
    startedAtMs: NOW_MS - started,
    askedAtMs: NOW_MS - asked,
    lookedAtMs: NOW_MS - looked,
    paceMs: pace,
    failures,
    failedAtMs: NOW_MS - failed,
  };
}

describe("what a request does about the snapshot", () => {
  it.each([
    ["never taken, nobody asking", {}, "before"],
    ["never taken, another has just asked", { started: 0 }, "wait"],
    ["never taken, another asks for 99 ms", { started: 99 }, "wait"],
    ["never taken, another asks for 100 ms", { started: 100 }, "use"],
    ["never taken, another asked a second ago", { started: 1000 }, "before"],
    ["just taken", { taken: 0 }, "use"],
    ["499 ms old", { taken: 499 }, "use"],
    ["499 ms old, Control failing", { taken: 499, failures: 3, failed: 0 }, "use"],
    ["500 ms old", { taken: 500 }, "behind"],
    ["500 ms old, another asking", { taken: 500, started: 0 }, "use"],
    ["999 ms old", { taken: 999 }, "behind"],
    ["999 ms old, another asking", { taken: 999, started: 400 }, "use"],
    ["999 ms old, another asked a second ago", { taken: 999, started: 1000 }, "behind"],
    ["1 s old", { taken: 1000 }, "before"],
    ["1 s old, another has just asked", { taken: 1000, started: 0 }, "wait"],
    ["1 s old, another asks for 100 ms", { taken: 1000, started: 100 }, "use"],
    ["an hour old (an idle edge)", { taken: 3_600_000 }, "before"],
    ["stale, failed just now", { taken: 2000, started: 1000, failures: 1, failed: 0 }, "behind"],
    ["stale, failed just now, another asking", { taken: 2000, started: 0, failures: 1, failed: 0 }, "use"],
    ["stale, failed once, 999 ms ago", { taken: 5000, started: 1000, failures: 1, failed: 999 }, "behind"],
    ["stale, failed once, 1 s ago", { taken: 5000, started: 1000, failures: 1, failed: 1000 }, "before"],
    [
      "stale, failed three times, 3.9 s ago",
      { taken: 9000, started: 4000, failures: 3, failed: 3999 },
      "behind",
    ],
    [
      "stale, failed three times, 4 s ago",
      { taken: 9000, started: 4000, failures: 3, failed: 4000 },
      "before",
    ],
    [
      "stale, failed a thousand times, 30 s ago",
      { taken: 9e6, started: 4000, failures: 1000, failed: 30_000 },
      "before",
    ],
    ["from a time to come (the clock went back)", { taken: -60_000 }, "before"],
    ["from a time to come, another has just asked", { taken: -60_000, started: 0 }, "wait"],
  ] as const)("%s", (_, ages, expected) => {
    expect(decideRefresh(state(ages), NOW_MS)).toBe(expected);
  });

  it("is to ask first at an edge that has not asked yet", () => {
    expect(decideRefresh(notYetRefreshed(), NOW_MS)).toBe("before");
  });
});

describe("the waits for a Control that does not answer", () => {
  it("grow 1, 2, 4, 8, 16 and then 30 seconds, and there is none before the first failure", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1000].map(backOffMs)).toEqual([
      0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });
});

/** What Control does with a question put at a time: answer or fail after so long; neither is silence. */
type Control = (
  askedAtMs: number,
) => { readonly kind: "answer" | "fail"; readonly afterMs: number } | { readonly kind: "silence" };

interface Served {
  readonly arrivedAtMs: number;
  readonly decidedAtMs: number;
  /** Age of the snapshot that the request was decided with. */
  readonly ageMs: number;
}

/**
 * One edge in simulated time. It acts on the decisions as `src/edge/snapshot-client.ts` does: a success clears
 * the start and the failures, a failure or a missed deadline counts one.
 */
function simulateEdge(arrivalsMs: readonly number[], control: Control) {
  const refresh = notYetRefreshed();
  const served: Served[] = [];
  const startsMs: number[] = [];
  const timers: { atMs: number; order: number; run: (nowMs: number) => void }[] = [];
  let order = 0;
  const at = (atMs: number, run: (nowMs: number) => void): void => {
    timers.push({ atMs, order: order++, run });
  };

  const serve = (arrivedAtMs: number, nowMs: number): void => {
    served.push({ arrivedAtMs, decidedAtMs: nowMs, ageMs: nowMs - refresh.takenAtMs });
  };
  const fail = (nowMs: number): void => {
    refresh.failures += 1;
    refresh.failedAtMs = nowMs;
  };
  const start = (startedAtMs: number, ended: (nowMs: number) => void): void => {
    refresh.startedAtMs = startedAtMs;
    startsMs.push(startedAtMs);
    const outcome = control(startedAtMs);
    if (outcome.kind === "silence") return;
    at(startedAtMs + outcome.afterMs, (nowMs) => {
      if (outcome.kind === "fail") fail(nowMs);
      else {
        refresh.takenAtMs = Math.max(refresh.takenAtMs, startedAtMs);
        refresh.startedAtMs = NEVER;
        refresh.failures = 0;
      }
      ended(nowMs);
    });
  };
  const lookAgain = (arrivedAtMs: number, deadlineMs: number, nowMs: number): void => {
    if (nowMs >= deadlineMs || decideRefresh(refresh, nowMs) !== "wait") serve(arrivedAtMs, nowMs);
    else at(nowMs + 5, (laterMs) => lookAgain(arrivedAtMs, deadlineMs, laterMs));
  };

  for (const arrivedAtMs of arrivalsMs) {
    at(arrivedAtMs, (nowMs) => {
      switch (decideRefresh(refresh, nowMs)) {
        case "use":
          return serve(arrivedAtMs, nowMs);
        case "behind":
          start(nowMs, () => undefined);
          return serve(arrivedAtMs, nowMs);
        case "wait":
          return lookAgain(arrivedAtMs, refresh.startedAtMs + REFRESH_DEADLINE_MS, nowMs);
        case "before": {
          let isServed = false;
          const once = (laterMs: number): void => {
            if (isServed) return;
            isServed = true;
            if (refresh.takenAtMs < arrivedAtMs && refresh.failedAtMs < arrivedAtMs) fail(laterMs);
            serve(arrivedAtMs, laterMs);
          };
          start(nowMs, once);
          at(nowMs + REFRESH_DEADLINE_MS, once);
        }
      }
    });
  }
  while (timers.length > 0) {
    timers.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    const next = timers.shift();
    next?.run(next.atMs);
  }
  return { served, startsMs };
}

const answersAfter =
  (afterMs: number): Control =>
  () => ({ kind: "answer", afterMs });
const isDead: Control = () => ({ kind: "silence" });

/** Requests one after another at `paceMs`, for `forMs`. */
const paced = (paceMs: number, forMs: number): number[] =>
  Array.from({ length: Math.floor(forMs / paceMs) }, (_, index) => NOW_MS + index * paceMs);

/** Requests at any gaps: bursts, a steady flow, long silences. */
const anyArrivals = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 5000 })), {
    minLength: 1,
    maxLength: 120,
  })
  .map((gaps) => {
    let nowMs = NOW_MS;
    return gaps.map((gap) => (nowMs += gap));
  });

const waitedMs = ({ arrivedAtMs, decidedAtMs }: Served): number => decidedAtMs - arrivedAtMs;

describe("an edge whose Control answers within the deadline", () => {
  const quick = fc.integer({ min: 0, max: REFRESH_DEADLINE_MS - 1 });

  it("never decides with a snapshot older than a second, at any pace of requests", () => {
    fc.assert(
      fc.property(anyArrivals, fc.array(quick, { minLength: 1 }), (arrivals, latencies) => {
        let asked = 0;
        const control: Control = () => ({
          kind: "answer",
          afterMs: latencies[asked++ % latencies.length] ?? 0,
        });
        const { served } = simulateEdge(arrivals, control);
        expect(served).toHaveLength(arrivals.length);
        for (const { ageMs } of served) expect(ageMs).toBeLessThanOrEqual(STALE_MS);
      }),
    );
  });

  it("asks at most once in half a second, however many requests there are", () => {
    fc.assert(
      fc.property(anyArrivals, quick, (arrivals, latency) => {
        const { startsMs } = simulateEdge(arrivals, answersAfter(latency));
        startsMs.forEach((startMs, index) => {
          const previous = startsMs[index - 1] ?? NEVER;
          expect(startMs - previous).toBeGreaterThanOrEqual(FRESH_MS);
        });
      }),
    );
  });

  it("lets no request of a steady flow wait but those before the first answer", () => {
    const { served } = simulateEdge(paced(10, 20_000), answersAfter(30));
    const waiting = served.filter((request) => waitedMs(request) > 0);
    expect(waiting).toHaveLength(4);
    for (const { arrivedAtMs } of waiting) expect(arrivedAtMs).toBeLessThanOrEqual(NOW_MS + 30);
  });

  it("asks about twice a second in a steady flow and not at all without requests", () => {
    expect(simulateEdge(paced(10, 20_000), answersAfter(30)).startsMs.length).toBeLessThanOrEqual(40);
    expect(simulateEdge([NOW_MS, NOW_MS + 3_600_000], answersAfter(30)).startsMs).toHaveLength(2);
  });
});

describe("an edge whose Control is slow", () => {
  const slow = fc.integer({ min: REFRESH_DEADLINE_MS, max: 4000 });

  it("lets no request wait longer than the deadline", () => {
    fc.assert(
      fc.property(anyArrivals, slow, (arrivals, latency) => {
        const { served } = simulateEdge(arrivals, answersAfter(latency));
        expect(served).toHaveLength(arrivals.length);
        for (const request of served) expect(waitedMs(request)).toBeLessThanOrEqual(REFRESH_DEADLINE_MS);
      }),
    );
  });

  it("has one refresh under way at a time while answers come within a second", () => {
    fc.assert(
      fc.property(anyArrivals, fc.integer({ min: 100, max: REFRESH_GIVE_UP_MS - 1 }), (arrivals, latency) => {
        const { startsMs } = simulateEdge(arrivals, answersAfter(latency));
        startsMs.forEach((startMs, index) => {
          expect(startMs - (startsMs[index - 1] ?? NEVER)).toBeGreaterThanOrEqual(latency);
        });
      }),
    );
  });
});

describe("an edge whose Control is dead", () => {
  it("lets no request wait longer than the deadline, and starts at most one refresh a second", () => {
    fc.assert(
      fc.property(anyArrivals, (arrivals) => {
        const { served, startsMs } = simulateEdge(arrivals, isDead);
        expect(served).toHaveLength(arrivals.length);
        for (const request of served) expect(waitedMs(request)).toBeLessThanOrEqual(REFRESH_DEADLINE_MS);
        startsMs.forEach((startMs, index) => {
          expect(startMs - (startsMs[index - 1] ?? NEVER)).toBeGreaterThanOrEqual(REFRESH_GIVE_UP_MS);
        });
      }),
    );
  });

  it("makes one request wait at growing intervals of at most 30 s, and the others not at all", () => {
    const { served } = simulateEdge(paced(50, 300_000), isDead);
    const waiting = served.filter((request) => waitedMs(request) > 0 && request.arrivedAtMs > NOW_MS + 100);
    const gaps = waiting
      .slice(1)
      .map((request, index) => request.arrivedAtMs - (waiting[index]?.arrivedAtMs ?? 0));
    gaps.forEach((gap, index) => {
      // A refresh behind a request may be under way when the interval ends, and nobody waits while one is.
      expect(gap).toBeGreaterThanOrEqual(Math.min(LONGEST_BACK_OFF_MS, 2000 * 2 ** index));
      expect(gap).toBeLessThanOrEqual(
        Math.min(LONGEST_BACK_OFF_MS, 2000 * 2 ** index) + 2 * REFRESH_GIVE_UP_MS,
      );
    });
    expect(waiting.length).toBeLessThanOrEqual(16);
  });

  it("costs requests nothing when it refuses at once", () => {
    const { served, startsMs } = simulateEdge(paced(20, 60_000), () => ({ kind: "fail", afterMs: 1 }));
    const waiting = served.filter((request) => waitedMs(request) > 0);
    for (const request of waiting) expect(waitedMs(request)).toBeLessThanOrEqual(1);
    expect(startsMs.length).toBeLessThanOrEqual(61);
  });

  it("is heard again within a second and a half of its return", () => {
    const backAtMs = NOW_MS + 120_000;
    const control: Control = (askedAtMs) =>
      askedAtMs < backAtMs ? { kind: "silence" } : { kind: "answer", afterMs: 20 };
    const { served } = simulateEdge(paced(50, 180_000), control);
    const after = served.filter((request) => request.decidedAtMs >= backAtMs + 1500);
    expect(after.length).toBeGreaterThan(1000);
    for (const { ageMs } of after) expect(ageMs).toBeLessThanOrEqual(STALE_MS);
  });
});

describe("an edge that Control has given a pace", () => {
  it.each([
    ["asks when its pace is over", { taken: 700, asked: 5000, pace: 5000 }, "behind"],
    ["looks for a neighbour's snapshot before", { taken: 700, asked: 4999, pace: 5000 }, "behind"],
    [
      "does not look twice within a quarter of a second",
      { taken: 700, asked: 10, looked: 249, pace: 5000 },
      "use",
    ],
    ["looks again after it", { taken: 3000, asked: 10, looked: 250, pace: 5000 }, "before"],
    [
      "goes by what it has in between, however old",
      { taken: 60_000, asked: 10, looked: 0, pace: 5000 },
      "use",
    ],
    [
      "is not stopped by a clock that was set back",
      { taken: 700, asked: -60_000, looked: 0, pace: 5000 },
      "behind",
    ],
  ] as const)("%s", (_, ages, expected) => {
    expect(decideRefresh(state(ages), NOW_MS)).toBe(expected);
  });

  it("reports what it has seen within twice the pace, and within a second while edges are few", () => {
    expect(reportDueMs(state({ asked: 300 }), NOW_MS)).toBe(NOW_MS + 700);
    expect(reportDueMs(state({ asked: 300, pace: 5000 }), NOW_MS)).toBe(NOW_MS + 9700);
    expect(reportDueMs(state({}), NOW_MS)).toBe(NOW_MS);
  });

  it("keeps the pace for few exactly, and stretches a slow one by a tenth at most", () => {
    const edge = notYetRefreshed();
    for (const told of [undefined, 0, 500]) {
      paceTold(edge, told, 0.9);
      expect(edge.paceMs).toBe(500);
    }
    paceTold(edge, 5000, 0.5);
    expect(edge.paceMs).toBe(5250);
  });
});
