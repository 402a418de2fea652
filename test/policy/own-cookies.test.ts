import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OWN_COOKIE_PREFIX, withoutOwnCookies, withoutOwnSetCookies } from "../../src/policy/own-cookies.ts";
import { forwardedFields } from "../support/forwarded-fields.ts";

const OWN = `${OWN_COOKIE_PREFIX}seat-1abc=hk.hv1`;

describe("a client's cookies", () => {
  it.each<[string, string, string | undefined]>([
    ["without one of the edge's", "sid=1; theme=dark", "sid=1; theme=dark"],
    ["with one at the end", `sid=1; ${OWN}`, "sid=1"],
    ["with one at the beginning", `${OWN}; sid=1`, "sid=1"],
    ["with several among others", `a=1; ${OWN}; b=2; ${OWN_COOKIE_PREFIX}pass=x; c=3`, "a=1; b=2; c=3"],
    ["without blanks", `a=1;${OWN};b=2`, "a=1;b=2"],
    ["with nothing else", OWN, undefined],
    ["with the name in a value", `a=${OWN}`, `a=${OWN}`],
    ["with what is no cookie at all", `;; a ;${OWN}; =x`, ";; a ; =x"],
  ])("%s reach the origin without it", (_, cookies, expected) => {
    expect(withoutOwnCookies(cookies)).toBe(expected);
  });

  it("never show the origin one of the edge's, and always all others in their order", () => {
    const pair = fc.oneof(
      fc.stringMatching(/^[a-z]{1,4}=[a-z0-9=]{0,6}$/),
      fc.stringMatching(/^__Host-tidegate-[a-z]{1,4}=[a-z]{0,3}$/),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
        const others = pairs.filter((text) => !text.startsWith(OWN_COOKIE_PREFIX));
        const left = withoutOwnCookies(pairs.join("; "));
        expect(left).toBe(pairs.length > 0 && others.length === 0 ? undefined : others.join("; "));
      }),
    );
  });

  it("are taken out of the fields that the origin gets", () => {
    const context = {
      clientAddress: undefined,
      clientAddressHeader: "cf-connecting-ip",
      scheme: "https",
      host: "wallet.example",
      traceparent: "00-x",
      cdnLoop: "tidegate",
      via: "1.1 tidegate",
    } as const;
    const cookieAtOrigin = (cookie: string) => forwardedFields([["cookie", cookie]], context).cookie;
    expect(cookieAtOrigin(`sid=1; ${OWN}`)).toBe("sid=1");
    expect(cookieAtOrigin(OWN)).toBeUndefined();
    expect(cookieAtOrigin("sid=1")).toBe("sid=1");
  });
});

describe("an origin's Set-Cookie", () => {
  it.each([`${OWN}; Path=/; Secure`, ` ${OWN}`, `=${OWN}`, `= ${OWN}`])(
    "of the edge's own does not reach the client: '%s'",
    (field) => {
      expect(withoutOwnSetCookies(["a=1", field, "b=2"])).toEqual(["a=1", "b=2"]);
    },
  );

  it("of its own goes on as it came", () => {
    const fields = ["sid=1; Path=/", `a=${OWN}`, "__Host-sid=2; Path=/; Secure", ""];
    expect(withoutOwnSetCookies(fields)).toBe(fields);
  });
});
