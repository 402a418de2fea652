import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterProbe,
  capacityOf,
  judgeProbe,
  majority,
  NEW_ORIGIN,
  newestCapacity,
  type ProbeHealth,
} from "../../src/policy/probe-health.ts";

const NOW_MS = 1_800_000_000_000;

describe("one probe", () => {
  const expected = { statuses: [{ from: 200, to: 299 }], bodyText: "" };
  const answered = (status: number, bodyText = "") => ({ kind: "answered", status, bodyText }) as const;

  it.each([200, 204, 299])("passes with status %i of the range 200 to 299", (status) => {
    expect(judgeProbe(answered(status), expected)).toEqual({ passed: true, reason: "ok" });
  });

  it.each([199, 300, 301, 404, 429, 500, 503])("fails with status %i, a redirect too", (status) => {
    expect(judgeProbe(answered(status), expected)).toEqual({ passed: false, reason: "status" });
  });

  it("passes with a status of any of several ranges", () => {
    const statuses = [
      { from: 200, to: 200 },
      { from: 401, to: 403 },
    ];
    expect(judgeProbe(answered(403), { statuses, bodyText: "" }).passed).toBe(true);
    expect(judgeProbe(answered(201), { statuses, bodyText: "" }).passed).toBe(false);
  });

  it("fails without the expected text, which may stand anywhere but must be exact", () => {
    const wantsOk = { ...expected, bodyText: '"status":"ok"' };
    expect(judgeProbe(answered(200, '{"db":1,"status":"ok"}'), wantsOk).passed).toBe(true);
    expect(judgeProbe(answered(200, '{"status":"OK"}'), wantsOk)).toEqual({ passed: false, reason: "body" });
    expect(judgeProbe(answered(200, ""), wantsOk).passed).toBe(false);
  });

  it("fails when no answer came, and says how", () => {
    expect(judgeProbe({ kind: "timed-out" }, expected)).toEqual({ passed: false, reason: "timed-out" });
    expect(judgeProbe({ kind: "disconnected" }, expected)).toEqual({ passed: false, reason: "disconnected" });
  });
});

describe("an origin's health at one vantage", () => {
  const run = (probes: string, rise: number, fall: number): ProbeHealth =>
    [...probes].reduce(
      (state, probe, index) => afterProbe(state, probe === "+", { rise, fall }, NOW_MS + index),
      NEW_ORIGIN,
    );

  it.each([
    ["", true],
    ["-", true],
    ["--", false],
    ["-+-", true],
    ["--+", false],
    ["--+-+", false],
    ["--++", true],
  ])("after probes '%s' with rise 2 and fall 2 is healthy: %s", (probes, healthy) => {
    expect(run(probes, 2, 2).healthy).toBe(healthy);
  });

  it("remembers when it changed", () => {
    expect(run("+--", 2, 2)).toEqual({ healthy: false, streak: 0, changedAtMs: NOW_MS + 2 });
    expect(run("+-", 2, 2).changedAtMs).toBe(0);
  });

  it("changes just when the last rise or fall probes all contradict it", () => {
    const count = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), count, count, (probes, rise, fall) => {
        let state = NEW_ORIGIN;
        let sinceChange: boolean[] = [];
        for (const passed of probes) {
          sinceChange.push(passed);
          const needed = state.healthy ? fall : rise;
          const last = sinceChange.slice(-needed);
          const flips = last.length === needed && last.every((each) => each !== state.healthy);
          const next = afterProbe(state, passed, { rise, fall }, NOW_MS);
          expect(next.healthy).toBe(flips ? !state.healthy : state.healthy);
          if (flips) sinceChange = [];
          state = next;
        }
      }),
    );
  });
});

describe("the majority of vantages", () => {
  const STALE_MS = 15_000;
  const vote = (healthy: boolean, agoMs = 0) => ({ healthy, probedAtMs: NOW_MS - agoMs });
  const say = (...votes: ReturnType<typeof vote>[]) => majority(votes, NOW_MS, STALE_MS);

  it("needs more than half to say unhealthy", () => {
    expect(say(vote(false), vote(false), vote(true))).toBe("unhealthy");
    expect(say(vote(false), vote(true), vote(true))).toBe("healthy");
    expect(say(vote(false))).toBe("unhealthy");
  });

  it("is healthy on a tie", () => {
    expect(say(vote(false), vote(true))).toBe("healthy");
  });

  it("leaves out vantages whose monitor stopped", () => {
    expect(say(vote(false, STALE_MS + 1), vote(false, STALE_MS + 1), vote(true))).toBe("healthy");
    expect(say(vote(true, STALE_MS + 1), vote(false, STALE_MS))).toBe("unhealthy");
  });

  it("is unknown when nobody votes: all stopped, never probed, or none", () => {
    expect(say(vote(false, STALE_MS + 1))).toBe("unknown");
    expect(say({ healthy: false, probedAtMs: 0 })).toBe("unknown");
    expect(say()).toBe("unknown");
  });

  it("leaves out a vote from a future that a clock jump took back", () => {
    expect(say(vote(false, -3_600_000))).toBe("unknown");
    expect(say(vote(false, -500))).toBe("unhealthy");
  });

  it("never says unhealthy on votes of which half or fewer of the fresh ones do", () => {
    const votes = fc.array(
      fc.record({
        healthy: fc.boolean(),
        probedAtMs: fc.integer({ min: NOW_MS - 30_000, max: NOW_MS + 30_000 }),
      }),
    );
    fc.assert(
      fc.property(votes, (given) => {
        const fresh = given.filter(({ probedAtMs }) => Math.abs(probedAtMs - NOW_MS) <= STALE_MS);
        const ill = fresh.filter(({ healthy }) => !healthy).length;
        const expected = fresh.length === 0 ? "unknown" : ill > fresh.length - ill ? "unhealthy" : "healthy";
        expect(majority(given, NOW_MS, STALE_MS)).toBe(expected);
      }),
    );
  });
});

describe("a reported capacity", () => {
  it.each([
    ["100", 100],
    ["75", 75],
    ["75%", 75],
    [" 1 ", 1],
    ["007", 7],
  ])("'%s' is %i percent", (value, percent) => {
    expect(capacityOf(value)).toEqual({ kind: "percent", percent });
  });

  it.each(["drain", "DRAIN", " drain ", "0", "0%"])("'%s' drains", (value) => {
    expect(capacityOf(value)).toEqual({ kind: "drain" });
  });

  it.each([
    null,
    undefined,
    "",
    "101",
    "-1",
    "50.5",
    "1e1",
    "0x10",
    "half",
    "50 %",
    "drain, 50",
    "999999999",
  ])("'%s' says nothing", (value) => {
    expect(capacityOf(value)).toBeUndefined();
  });

  it("is the newest word that any vantage heard", () => {
    const reports = [
      { capacity: capacityOf("20"), reportedAtMs: NOW_MS - 9000 },
      { capacity: capacityOf("80"), reportedAtMs: NOW_MS - 1000 },
      { capacity: capacityOf("50"), reportedAtMs: NOW_MS - 5000 },
    ];
    expect(newestCapacity(reports, NOW_MS, 15_000)).toEqual({ kind: "percent", percent: 80 });
  });

  it("ends when the origin says no more, or when nobody asks any more", () => {
    const drain = { capacity: capacityOf("drain"), reportedAtMs: NOW_MS - 9000 };
    const silent = { capacity: undefined, reportedAtMs: NOW_MS };
    expect(newestCapacity([drain, silent], NOW_MS, 15_000)).toBeUndefined();
    expect(newestCapacity([drain], NOW_MS + 20_000, 15_000)).toBeUndefined();
  });
});
