import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closeRequest,
  countOpen,
  type InFlight,
  noneInFlight,
  type OpenRequest,
  openRequest,
} from "../../src/policy/in-flight.ts";

const LONGEST_MS = 1000;
const START_MS = 1_700_000_000_000;

const openMany = (inFlight: InFlight, howMany: number, nowMs: number): OpenRequest[] =>
  Array.from({ length: howMany }, () => openRequest(inFlight, nowMs, LONGEST_MS));

describe("requests in flight", () => {
  it("are none at first", () => {
    expect(countOpen(noneInFlight(START_MS), START_MS, LONGEST_MS)).toBe(0);
  });

  it("are counted in when they open and out when they close, in any order", () => {
    const inFlight = noneInFlight(START_MS);
    const [first, second, third] = openMany(inFlight, 3, START_MS);
    expect(countOpen(inFlight, START_MS, LONGEST_MS)).toBe(3);
    for (const request of [third, first, second]) if (request !== undefined) closeRequest(request);
    expect(countOpen(inFlight, START_MS, LONGEST_MS)).toBe(0);
  });

  it("are still counted when a new generation has begun", () => {
    const inFlight = noneInFlight(START_MS);
    const [late] = openMany(inFlight, 1, START_MS + 900);
    expect(countOpen(inFlight, START_MS + 1000, LONGEST_MS)).toBe(1);
    expect(countOpen(inFlight, START_MS + 1899, LONGEST_MS)).toBe(1);
    if (late !== undefined) closeRequest(late);
    expect(countOpen(inFlight, START_MS + 1899, LONGEST_MS)).toBe(0);
  });

  it("equal a naive list of open requests at every moment, when every request closes within its time-out", () => {
    const requests = fc.array(
      fc.record({
        gapMs: fc.integer({ min: 0, max: 700 }),
        durationMs: fc.integer({ min: 0, max: LONGEST_MS }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(requests, (given) => {
        const inFlight = noneInFlight(START_MS);
        const open: { closesAtMs: number; request: OpenRequest }[] = [];
        const closeUntil = (nowMs: number): void => {
          open.sort((a, b) => a.closesAtMs - b.closesAtMs);
          while (open[0] !== undefined && open[0].closesAtMs <= nowMs) {
            const closing = open.shift();
            if (closing === undefined) break;
            expect(countOpen(inFlight, closing.closesAtMs, LONGEST_MS)).toBe(open.length + 1);
            closeRequest(closing.request);
            expect(countOpen(inFlight, closing.closesAtMs, LONGEST_MS)).toBe(open.length);
          }
        };
        let nowMs = START_MS;
        for (const { gapMs, durationMs } of given) {
          nowMs += gapMs;
          closeUntil(nowMs);
          open.push({ closesAtMs: nowMs + durationMs, request: openRequest(inFlight, nowMs, LONGEST_MS) });
          expect(countOpen(inFlight, nowMs, LONGEST_MS)).toBe(open.length);
        }
        closeUntil(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("are never fewer than none, whatever is closed twice or late and wherever the clock goes", () => {
    const step = fc.oneof(
      fc.constant({ kind: "open" as const }),
      fc.record({ kind: fc.constant("close" as const), which: fc.nat(50) }),
      fc.record({ kind: fc.constant("clock" as const), byMs: fc.integer({ min: -5000, max: 5000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const inFlight = noneInFlight(START_MS);
        const everOpened: OpenRequest[] = [];
        let nowMs = START_MS;
        for (const given of steps) {
          if (given.kind === "open") everOpened.push(openRequest(inFlight, nowMs, LONGEST_MS));
          else if (given.kind === "clock") nowMs += given.byMs;
          else {
            const request = everOpened[given.which % Math.max(1, everOpened.length)];
            if (request !== undefined) closeRequest(request);
          }
          const count = countOpen(inFlight, nowMs, LONGEST_MS);
          expect(count).toBeGreaterThanOrEqual(0);
          expect(count).toBeLessThanOrEqual(everOpened.length);
        }
      }),
    );
  });
});

describe("requests that were never closed", () => {
  it("are forgotten when two generations have passed", () => {
    const inFlight = noneInFlight(START_MS);
    openMany(inFlight, 7, START_MS);
    expect(countOpen(inFlight, START_MS + LONGEST_MS, LONGEST_MS)).toBe(7);
    expect(countOpen(inFlight, START_MS + 2 * LONGEST_MS, LONGEST_MS)).toBe(0);
  });

  it("are forgotten after a quiet time in one step", () => {
    const inFlight = noneInFlight(START_MS);
    openMany(inFlight, 7, START_MS);
    expect(countOpen(inFlight, START_MS + 2 * LONGEST_MS, LONGEST_MS)).toBe(0);
  });

  it("are forgotten three time-outs after they opened at the latest, whenever the edge looked in between", () => {
    const looks = fc.array(fc.integer({ min: 0, max: 3 * LONGEST_MS - 1 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_MS - 1 }), looks, (openedAt, lookedAt) => {
        const inFlight = noneInFlight(START_MS);
        openMany(inFlight, 3, START_MS + openedAt);
        for (const at of lookedAt.sort((a, b) => a - b)) {
          countOpen(inFlight, START_MS + openedAt + at, LONGEST_MS);
        }
        expect(countOpen(inFlight, START_MS + openedAt + 3 * LONGEST_MS, LONGEST_MS)).toBe(0);
      }),
    );
  });

  it("do not hide requests that opened after them", () => {
    const inFlight = noneInFlight(START_MS);
    openMany(inFlight, 7, START_MS);
    openMany(inFlight, 2, START_MS + 1500);
    expect(countOpen(inFlight, START_MS + 2500, LONGEST_MS)).toBe(2);
  });

  it("take nothing from later counts when they close after they were forgotten", () => {
    const inFlight = noneInFlight(START_MS);
    const [forgotten] = openMany(inFlight, 1, START_MS);
    openMany(inFlight, 2, START_MS + 3000);
    if (forgotten !== undefined) closeRequest(forgotten);
    expect(countOpen(inFlight, START_MS + 3000, LONGEST_MS)).toBe(2);
  });
});
