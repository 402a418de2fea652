import { describe, expect, it } from "vitest";
import { barsOf, chartText, lineText } from "../../scripts/surge/chart.ts";
import { arrivalTimes, PROFILES, rateAt } from "../../scripts/surge/profile.ts";
import { Tally } from "../../scripts/surge/tally.ts";
import { aimAt } from "../../scripts/surge/target.ts";

describe("a surge's aim", () => {
  it.each(["http://127.0.0.1:8787", "http://localhost:1", "http://[::1]:8787", "http://127.9.9.9"])(
    "may be this machine: %s",
    (url) => {
      expect(aimAt(url, undefined).kind).toBe("allowed");
    },
  );

  it.each([
    "https://wallet.example",
    "http://localhost.wallet.example",
    "http://127.0.0.1.wallet.example",
    "http://127.0.0.1@wallet.example",
    "ftp://127.0.0.1",
    "http://10.0.0.1",
    "wallet.example",
  ])("is refused elsewhere: %s", (url) => {
    expect(aimAt(url, undefined).kind).toBe("refused");
  });

  it("may be a host that was named once more, and no other", () => {
    expect(aimAt("https://staging.wallet.example/x", "staging.wallet.example")).toMatchObject({
      kind: "allowed",
      origin: "https://staging.wallet.example",
    });
    expect(aimAt("https://www.wallet.example", "staging.wallet.example").kind).toBe("refused");
  });
});

describe.each(PROFILES)("the profile %s", (profile) => {
  const times = arrivalTimes(profile, 100, 60_000);

  it("reaches its peak and never passes it", () => {
    const rates = Array.from({ length: 1001 }, (_, index) => rateAt(profile, index / 1000));
    expect(Math.max(...rates)).toBeCloseTo(1, 2);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
  });

  it("sends users in order of time, as many as its rate says", () => {
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (let second = 0; second < 60; second += 1) {
      const came = times.filter((atMs) => Math.floor(atMs / 1000) === second).length;
      const due = 100 * rateAt(profile, (second + 0.5) / 60);
      expect(Math.abs(came - due)).toBeLessThanOrEqual(35);
    }
  });
});

describe("what a surge tells", () => {
  const answer = (status: number, json?: Record<string, unknown>) => ({ status, json, headers: {}, atMs: 5 });

  it("tells a place in line from a denial, and a denial from a failure", () => {
    const tally = new Tally();
    tally.answered(answer(200), 0);
    tally.answered(answer(503, { state: "waiting", position: 3 }), 0);
    tally.answered(answer(200, { state: "waiting", position: 2 }), 0);
    tally.answered(answer(200, { state: "admitted" }), 0);
    tally.answered(answer(429), 0);
    tally.answered(answer(503), 0);
    tally.answered(answer(404), 0);
    tally.answered(answer(502), 0);
    tally.answered(undefined, 0);
    const { answers, denials, failedPercent } = tally.report([]);
    expect(answers).toEqual({
      ...{ passed: 1, queued: 1, polled: 2, limited: 1, turnedAway: 1, refused: 2, unanswered: 1 },
    });
    expect(denials).toEqual({ limited: 1, turnedAway: 1, refused: 2 });
    expect(failedPercent).toBeCloseTo(22.2);
  });

  it("draws peaks, also of more seconds than fit", () => {
    const values = Array.from({ length: 600 }, (_, index) => (index === 333 ? 100 : 0));
    expect(barsOf(values, 100)).toHaveLength(60);
    expect(barsOf(values, 100)).toContain("█");
    expect(barsOf([0, 1, 100], 100)).toBe(" ▁█");
  });

  it("says the same on a line as on the chart", () => {
    const second = { atSeconds: 7, came: 1, passed: 22, waiting: 33, inside: 4, denied: 5 };
    expect(lineText(second)).toBe("second 7: 1 came, 22 requests passed, 33 wait, 4 are in, 5 denied");
    expect(chartText([second], 3)).toContain("users waiting");
  });
});
