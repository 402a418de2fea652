import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cookieValue } from "../../src/policy/cookie.ts";
import { decideDrain, parseSeat, RENEW_MS, STAY_MS } from "../../src/policy/drain.ts";
import { seatCookieName, seatSetCookie, seatTag } from "../../src/policy/seat-cookie.ts";

const MINUTE_MS = 60_000;
/** A whole minute. */
const NOW_MS = 30_000_000 * MINUTE_MS;

const given = (field: string): string => field.slice(0, field.indexOf(";"));
const maxAgeMs = (field: string): number => Number(/Max-Age=(\d+)/.exec(field)?.[1]) * 1000;

describe("the cookie of a seat", () => {
  it("goes to this host only, over HTTPS only, and to no script", () => {
    const field = seatSetCookie(seatCookieName("wallet"), { tag: "hk", seenAtMs: NOW_MS });
    expect(field).toMatch(
      /^__Host-tidegate-seat-[0-9a-z]{1,7}=hk\.[0-9a-z]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=1200$/,
    );
  });

  it("comes back as the seat that was set, among a client's other cookies", () => {
    const name = seatCookieName("wallet");
    const pair = given(seatSetCookie(name, { tag: seatTag("wallet", "hk"), seenAtMs: NOW_MS }));
    const seat = parseSeat(cookieValue(`theme=dark; ${pair}; sid=1`, name));
    expect(seat).toEqual({ tag: seatTag("wallet", "hk"), seenAtMs: NOW_MS });
  });

  it("is there for as long as it says anything, and gone when it does not", () => {
    const tag = seatTag("wallet", "hk");
    const field = seatSetCookie(seatCookieName("wallet"), { tag, seenAtMs: NOW_MS });
    const decision = (afterMs: number) =>
      decideDrain(undefined, tag, { tag, seenAtMs: NOW_MS }, false, NOW_MS + afterMs).kind;
    expect(maxAgeMs(field)).toBe(STAY_MS + RENEW_MS);
    expect(decision(maxAgeMs(field) - 1)).toBe("stays");
    expect(decision(maxAgeMs(field))).toBe("goes-elsewhere");
  });

  it("of one pool leaves that of another alone, whatever their names", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 2 }), ([pool = "", other = ""]) => {
        expect(seatCookieName(pool)).not.toBe(seatCookieName(other));
        const pair = given(seatSetCookie(seatCookieName(pool), { tag: "hk", seenAtMs: NOW_MS }));
        expect(cookieValue(pair, seatCookieName(other))).toBeUndefined();
      }),
    );
  });
});

describe("an origin's tag", () => {
  it("is the same on every edge and tells nothing of the name", () => {
    expect(seatTag("wallet", "hk")).toBe(seatTag("wallet", "hk"));
    expect(seatTag("wallet", "hk")).toMatch(/^[0-9a-z]{1,7}$/);
    expect(seatTag("wallet", "hong-kong-primary")).not.toMatch(/hong|kong|primary/);
  });

  it("differs between the 200 origins that a pool may have, and between pools", () => {
    const origins = Array.from({ length: 200 }, (_, index) => `origin-${index}`);
    expect(new Set(origins.map((origin) => seatTag("wallet", origin))).size).toBe(200);
    expect(seatTag("wallet", "hk")).not.toBe(seatTag("other", "hk"));
    expect(seatTag("ab", "c")).not.toBe(seatTag("a", "bc"));
  });
});
