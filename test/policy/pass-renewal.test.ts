import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayResume, passIdOfUser, renewalOf } from "../../src/policy/pass-renewal.ts";
import { bookingMs } from "../../src/policy/room-rules.ts";

const NOW = 1_700_000_000_000;
const RULES = { sessionMs: 60_000, renews: true };

describe("a pass that is used", () => {
  it("stays as it is while more than a session is left", () => {
    expect(renewalOf(RULES, NOW + 60_000, 0, NOW)).toEqual({
      signUntilMs: undefined,
      bookUntilMs: undefined,
    });
  });

  it("is booked for longer when less is left, and signed once that is known", () => {
    const untilMs = NOW + 59_000;
    expect(renewalOf(RULES, untilMs, 0, NOW)).toEqual({ signUntilMs: undefined, bookUntilMs: NOW + 66_000 });
    expect(renewalOf(RULES, untilMs, NOW + 65_000, NOW)).toEqual({
      signUntilMs: NOW + 65_000,
      bookUntilMs: undefined,
    });
  });

  it("is never prolonged where use does not renew", () => {
    const rules = { ...RULES, renews: false };
    expect(renewalOf(rules, NOW + 10, NOW + 90_000, NOW)).toMatchObject({ signUntilMs: undefined });
    expect(mayResume(rules, NOW - 1, NOW)).toBe(false);
  });

  it("may be asked for after its text is over, for as long as a booking", () => {
    expect(mayResume(RULES, NOW - 65_999, NOW)).toBe(true);
    expect(mayResume(RULES, NOW - 66_000, NOW)).toBe(false);
  });

  it("is signed for no longer than it is booked, and booked for no longer than use allows", () => {
    const ms = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(ms, ms, (leftMs, bookedMs) => {
        const renewal = renewalOf(RULES, NOW + leftMs, NOW + bookedMs, NOW);
        if (renewal.signUntilMs !== undefined) expect(renewal.signUntilMs).toBe(NOW + bookedMs);
        if (renewal.bookUntilMs !== undefined) expect(renewal.bookUntilMs).toBe(NOW + bookingMs(RULES));
      }),
    );
  });

  it("of a user has a name that a token may carry", () => {
    expect(passIdOfUser("OaDUidwBUXnbm0qF")).toMatch(/^[\w-]{8,64}$/);
  });
});
