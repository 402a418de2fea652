import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noteAttempt, trusted, type WriteTrust, writableOrigins } from "../../src/policy/failed-writes.ts";
import type { AttemptOutcome } from "../../src/policy/outcome.ts";

const answered = (status: number): AttemptOutcome => ({ kind: "answered", status, hasRetryAfter: false });
type Attempt = ["read" | "write" | "probe", AttemptOutcome, startedAtMs: number, nowMs: number];
const noted = (...attempts: Attempt[]): WriteTrust => {
  const trust = trusted();
  for (const attempt of attempts) noteAttempt(trust, ...attempt);
  return trust;
};
const isClean = (trust: WriteTrust) => trust.failedAtMs === 0;

describe("an origin's last attempt from this edge", () => {
  it.each<AttemptOutcome>([
    { kind: "disconnected" },
    { kind: "timed-out" },
    { kind: "truncated" },
    answered(502),
    answered(504),
    answered(521),
  ])("stands against it when nothing whole came back: %j", (outcome) => {
    expect(isClean(noted(["read", outcome, 100, 200]))).toBe(false);
    expect(isClean(noted(["write", outcome, 100, 200]))).toBe(false);
  });

  it.each<AttemptOutcome>([
    answered(200),
    answered(404),
    answered(500),
    answered(503),
    { kind: "client-gone" },
  ])("does not when it answered, or when the client went away: %j", (outcome) => {
    expect(isClean(noted(["write", outcome, 100, 200]))).toBe(true);
  });

  it("is cleared by a read or a probe that began after the failure and succeeded", () => {
    const failed: Attempt = ["write", { kind: "timed-out" }, 100, 200];
    expect(isClean(noted(failed, ["read", answered(200), 200, 210]))).toBe(true);
    expect(isClean(noted(failed, ["probe", answered(200), 250, 260]))).toBe(true);
  });

  it("is not cleared by a read that began before it", () => {
    expect(
      isClean(noted(["write", { kind: "timed-out" }, 100, 200], ["read", answered(200), 199, 260])),
    ).toBe(false);
  });

  it("is not cleared by a write, by an error, or by a client that goes away", () => {
    const failed: Attempt = ["write", { kind: "disconnected" }, 100, 200];
    expect(isClean(noted(failed, ["write", answered(200), 300, 310]))).toBe(false);
    expect(isClean(noted(failed, ["read", answered(500), 300, 310]))).toBe(false);
    expect(isClean(noted(failed, ["read", { kind: "client-gone" }, 300, 310]))).toBe(false);
  });

  it("is not a probe's: it was not made from this edge", () => {
    expect(isClean(noted(["probe", { kind: "timed-out" }, 100, 200]))).toBe(true);
  });
});

describe("a write", () => {
  const candidate = (takesWrites: boolean, failedAtMs: number) => ({ takesWrites, trust: { failedAtMs } });

  it("goes only to origins with nothing against them while there is one", () => {
    expect(writableOrigins([candidate(true, 0), candidate(true, 5), candidate(true, 0)])).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("may go to any that takes writes when all have failed", () => {
    expect(writableOrigins([candidate(true, 5), candidate(true, 6)])).toEqual([true, true]);
    expect(writableOrigins([candidate(true, 5), candidate(false, 0)])).toEqual([true, false]);
  });

  it("never goes where no writes are taken, nor to a failed origin beside a clean one, and somewhere if it can", () => {
    const pool = fc.array(fc.tuple(fc.boolean(), fc.nat(2)), { maxLength: 6 });
    fc.assert(
      fc.property(pool, (given) => {
        const candidates = given.map(([takes, failed]) => candidate(takes, failed));
        const may = writableOrigins(candidates);
        const hasClean = candidates.some(({ takesWrites, trust }) => takesWrites && isClean(trust));
        candidates.forEach(({ takesWrites, trust }, index) => {
          if (!takesWrites || (hasClean && !isClean(trust))) expect(may[index]).toBe(false);
        });
        expect(may.includes(true)).toBe(candidates.some(({ takesWrites }) => takesWrites));
      }),
    );
  });
});
