import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutOwnCookies, withoutOwnSetCookies } from "../../src/policy/own-cookies.ts";
import {
  clearCookie,
  PASS_HEADER,
  presentedTokens,
  queueCookies,
  queueSetCookie,
  TICKET_HEADER,
} from "../../src/policy/queue-cookie.ts";
import { forwardedFields } from "../support/forwarded-fields.ts";

const TOKEN = "aaaa.bbbb.cccc";
const { ticket: NAME, pass: PASS_NAME } = queueCookies("main");
const given = (field: string): string => field.slice(0, field.indexOf(";"));

describe("the cookies of a room", () => {
  it("go to this host only, over HTTPS only, to no script, and for no longer than the token lives", () => {
    expect(NAME).toMatch(/^__Host-tidegate-ticket-[0-9a-z]{1,7}$/);
    expect(PASS_NAME).toMatch(/^__Host-tidegate-pass-[0-9a-z]{1,7}$/);
    const attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";
    expect(queueSetCookie(NAME, TOKEN, 61_999)).toBe(`${NAME}=${TOKEN}; ${attributes}; Max-Age=61`);
    expect(queueSetCookie(NAME, TOKEN, -5)).toBe(`${NAME}=${TOKEN}; ${attributes}; Max-Age=0`);
    expect(clearCookie(NAME)).toBe(`${NAME}=; ${attributes}; Max-Age=0`);
  });

  it("come back among a client's others, each as itself", () => {
    const pairs = [
      "sid=1",
      given(queueSetCookie(NAME, TOKEN, 1000)),
      given(queueSetCookie(PASS_NAME, "d.e.f", 1000)),
    ];
    expect(presentedTokens(undefined, pairs.join("; "), NAME)).toEqual([TOKEN]);
    expect(presentedTokens(undefined, pairs.join("; "), PASS_NAME)).toEqual(["d.e.f"]);
  });

  it("of one room leave those of another alone", () => {
    const room = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(room, { minLength: 2, maxLength: 2 }), ([one = "", other = ""]) => {
        const names = [...Object.values(queueCookies(one)), ...Object.values(queueCookies(other))];
        expect(new Set(names).size).toBe(4);
        const cookies = given(queueSetCookie(queueCookies(one).pass, TOKEN, 1000));
        expect(presentedTokens(undefined, cookies, queueCookies(other).pass)).toEqual([]);
      }),
    );
  });

  it("neither reach an origin nor are taken from one, and so the fields of programs", () => {
    const cookies = `a=1; ${NAME}=${TOKEN}; b=2; ${PASS_NAME}=${TOKEN}`;
    expect(withoutOwnCookies(cookies)).toBe("a=1; b=2");
    expect(withoutOwnSetCookies([queueSetCookie(PASS_NAME, TOKEN, 1000), "a=1"])).toEqual(["a=1"]);
    const fields = [TICKET_HEADER, PASS_HEADER, "Tidegate_Pass", "X-Tidegate-Ticket"].map(
      (name): [string, string] => [name.toLowerCase(), TOKEN],
    );
    const context = {
      clientAddress: undefined,
      clientAddressHeader: "cf-connecting-ip",
      scheme: "https",
      host: "pay.example",
      traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`,
      cdnLoop: "tidegate",
      via: "1.1 tidegate",
    } as const;
    expect(JSON.stringify(forwardedFields(fields, context))).not.toContain(TOKEN);
  });
});

describe("what a request shows", () => {
  it("is nothing without field and cookie, at no cost", () => {
    const nothing = presentedTokens(undefined, undefined, NAME);
    expect(nothing).toEqual([]);
    expect(presentedTokens(null, "sid=1; theme=dark", NAME)).toBe(nothing);
  });

  it("is the field first, then the cookie", () => {
    const cookies = `${NAME}=d.e.f`;
    expect(presentedTokens(TOKEN, cookies, NAME)).toEqual([TOKEN, "d.e.f"]);
    expect(presentedTokens("d.e.f", cookies, NAME)).toEqual(["d.e.f"]);
    expect(presentedTokens(TOKEN, undefined, NAME)).toEqual([TOKEN]);
  });

  it.each(["", " ", `${TOKEN}, ${TOKEN}`, `"${TOKEN}"`, `${TOKEN};`, "é", "a b"])(
    "is the cookie alone beside a field of %j",
    (field) => expect(presentedTokens(field, `${NAME}=d.e.f`, NAME)).toEqual(["d.e.f"]),
  );

  it("is at most two texts in a token's characters, whatever came, and never an error", () => {
    const pair = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((value) => `${NAME}=${value}`),
      fc.constantFrom(NAME, `${NAME}=`, `${NAME}==`, `=${NAME}=x`, `${NAME}=${TOKEN}`, `x${NAME}=1`),
    );
    const cookies = fc.option(
      fc.array(pair, { maxLength: 20 }).map((pairs) => pairs.join(";")),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(fc.option(fc.string({ unit: "binary" })), cookies, (field, header) => {
        const texts = presentedTokens(field, header, NAME);
        expect(texts.length).toBeLessThanOrEqual(2);
        for (const text of texts) expect(text).toMatch(/^[\w.-]+$/);
      }),
      { numRuns: 2000 },
    );
  });
});
