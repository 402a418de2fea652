import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LONGEST_FRESH_MS,
  mayAnswerStale,
  mayStore,
  parseCacheControl,
  type StaleRequest,
  type StaleResponse,
  type StaleRoute,
} from "../../src/policy/stale-cache.ts";

const NOW_MS = 1_800_000_000_000;
const anonymous: StaleRequest = {
  method: "GET",
  hasAuthorization: false,
  hasCookie: false,
  hasCredential: false,
  hasRange: false,
  cacheControl: undefined,
};
const plain: StaleResponse = {
  status: 200,
  hasSetCookie: false,
  cacheControl: "max-age=60",
  vary: undefined,
  age: undefined,
  expires: undefined,
  date: undefined,
};
const route: StaleRoute = { staleIfErrorMs: 300_000, keyFields: ["accept-language", "accept-encoding"] };
const store = (
  response: Partial<StaleResponse> = {},
  request: Partial<StaleRequest> = {},
  on: Partial<StaleRoute> = {},
) => mayStore({ ...anonymous, ...request }, { ...plain, ...response }, { ...route, ...on });
const refused = (reason: string) => ({ kind: "no", reason });

describe("an answer is kept", () => {
  it("for its fresh time and the route's stale time", () => {
    expect(store()).toEqual({ kind: "store", keepMs: 360_000, freshMs: 60_000, isPublic: false });
  });

  it.each<[string, number]>([
    ["max-age=60, stale-if-error=120", 180],
    ["max-age=60, stale-if-error=86400", 360],
    ["max-age=60, stale-if-error=0", 60],
    ["max-age=60, stale-if-error=soon", 60],
    ["max-age=60, stale-if-error", 60],
  ])("with %s for %i s: the smaller of the two figures (RFC 5861 §4)", (cacheControl, seconds) => {
    expect(store({ cacheControl })).toMatchObject({ keepMs: seconds * 1000 });
  });

  it.each<[string, Partial<StaleResponse>, number]>([
    ["s-maxage before max-age", { cacheControl: "max-age=60, s-maxage=10, stale-if-error=300" }, 310],
    [
      "max-age before Expires",
      { expires: "Tue, 01 Dec 2026 12:00:00 GMT", date: "Tue, 01 Dec 2026 10:00:00 GMT" },
      360,
    ],
    [
      "Expires less Date",
      {
        cacheControl: undefined,
        expires: "Tue, 01 Dec 2026 10:01:30 GMT",
        date: "Tue, 01 Dec 2026 10:00:00 GMT",
      },
      390,
    ],
    [
      "an Expires that is no date as expired",
      { cacheControl: undefined, expires: "0", date: "Tue, 01 Dec 2026 10:00:00 GMT" },
      300,
    ],
    ["no guess without any of them", { cacheControl: undefined }, 300],
    ["a max-age that is no number as 0", { cacheControl: "max-age=long" }, 300],
    ["the smaller of two max-age", { cacheControl: "max-age=60, max-age=10" }, 310],
    ["the age that it already had", { age: "50" }, 310],
    ["an age beyond its fresh time", { age: "100" }, 260],
  ])("counting %s (RFC 9111 §4.2)", (_what, response, seconds) => {
    expect(store(response)).toMatchObject({ kind: "store", keepMs: seconds * 1000 });
  });

  it("as fresh for a day at most, and then for all of the stale time", () => {
    expect(store({ cacheControl: "max-age=31536000" })).toMatchObject({
      keepMs: LONGEST_FRESH_MS + 300_000,
    });
  });

  it("for somebody with a cookie or a key only when it says that it is public", () => {
    for (const known of [{ hasCookie: true }, { hasCredential: true }]) {
      expect(store({}, known)).toEqual(refused("not-public"));
      expect(store({ cacheControl: "public, max-age=60" }, known)).toMatchObject({
        kind: "store",
        isPublic: true,
      });
    }
  });
});

describe("an answer is not kept", () => {
  it("on a route that did not opt in", () => {
    expect(store({}, {}, { staleIfErrorMs: 0 })).toEqual(refused("not-opted-in"));
  });

  it.each(["HEAD", "POST", "PUT", "OPTIONS", "get"])("after %s", (method) => {
    expect(store({}, { method })).toEqual(refused("method"));
  });

  it("with Authorization, even when it says that it is public", () => {
    expect(store({ cacheControl: "public, s-maxage=60" }, { hasAuthorization: true })).toEqual(
      refused("credentials"),
    );
  });

  it("of a part", () => {
    expect(store({}, { hasRange: true })).toEqual(refused("range"));
    expect(store({ status: 206 })).toEqual(refused("status"));
  });

  it.each([201, 204, 301, 302, 304, 401, 404, 500, 503])("with status %i", (status) => {
    expect(store({ status })).toEqual(refused("status"));
  });

  it("with Set-Cookie, even when it says that it is public", () => {
    expect(store({ hasSetCookie: true, cacheControl: "public, max-age=60" })).toEqual(refused("set-cookie"));
  });

  it.each([
    ["no-store", "no-store"],
    ["max-age=60, NO-STORE", "no-store"],
    ["private", "private"],
    ["Private, max-age=60", "private"],
    ['private="x-user", max-age=60', "private"],
    ["no-cache", "must-revalidate"],
    ['no-cache="set-cookie"', "must-revalidate"],
    ["max-age=60, must-revalidate", "must-revalidate"],
    ["max-age=60, must-revalidate, stale-if-error=60", "must-revalidate"],
    ["proxy-revalidate", "must-revalidate"],
    ["s-maxage=60", "must-revalidate"],
    ["s-maxage=60, stale-if-error=soon", "must-revalidate"],
    ['max-age="60', "no-store"],
    ["max-age=60 private", "no-store"],
    ["max age=60", "no-store"],
  ])("with Cache-Control: %s (%s)", (cacheControl, reason) => {
    expect(store({ cacheControl })).toEqual(refused(reason));
  });

  it("when the client asks for no-store (RFC 9111 §5.2.1.5)", () => {
    expect(store({}, { cacheControl: "no-store" })).toEqual(refused("no-store"));
  });

  it.each(["*", "Accept-Language, *", "User-Agent", "Cookie", "Accept-Language, X-User"])(
    "with Vary: %s",
    (vary) => {
      expect(store({ vary })).toEqual(refused("vary"));
    },
  );

  it("when it varies by a field that names a user, though the key has it", () => {
    expect(store({ vary: "Cookie" }, {}, { keyFields: ["cookie"] })).toEqual(refused("vary"));
    expect(store({ vary: "Authorization" }, {}, { keyFields: ["authorization"] })).toEqual(refused("vary"));
  });

  it("when all its time is over already", () => {
    expect(store({ age: "360" })).toEqual(refused("too-old"));
    expect(store({ age: "359" })).toMatchObject({ keepMs: 1000, freshMs: -299_000 });
  });

  it.each(["Accept-Encoding", "accept-language,ACCEPT-ENCODING", "", " , "])(
    "but is with Vary: '%s'",
    (vary) => {
      expect(store({ vary }).kind).toBe("store");
    },
  );
});

describe("a kept answer", () => {
  const kept = { isPublic: false, storedAtMs: NOW_MS, keepMs: 360_000 };
  const answers = (request: Partial<StaleRequest> = {}, afterMs = 1000, isPublic = false) =>
    mayAnswerStale(
      { ...kept, isPublic },
      { ...anonymous, ...request },
      { kind: "no-answer" },
      NOW_MS + afterMs,
    );

  it("answers until its time is over", () => {
    expect(answers({}, 359_999)).toBe(true);
    expect(answers({}, 360_000)).toBe(false);
  });

  it("does not when the clock was set back before it", () => {
    expect(answers({}, -1)).toBe(false);
  });

  it.each([500, 502, 503, 504])("answers for %i", (status) => {
    expect(mayAnswerStale(kept, anonymous, { kind: "status", status }, NOW_MS)).toBe(true);
  });

  it.each([200, 400, 401, 403, 404, 410, 429, 501, 505])("does not for %i", (status) => {
    expect(mayAnswerStale(kept, anonymous, { kind: "status", status }, NOW_MS)).toBe(false);
  });

  it("answers somebody with a cookie or a key only when it is public", () => {
    expect(answers({ hasCookie: true })).toBe(false);
    expect(answers({ hasCredential: true })).toBe(false);
    expect(answers({ hasCookie: true, hasCredential: true }, 1000, true)).toBe(true);
  });

  it("never answers with Authorization, another method, or a range", () => {
    expect(answers({ hasAuthorization: true }, 1000, true)).toBe(false);
    expect(answers({ method: "POST" })).toBe(false);
    expect(answers({ hasRange: true })).toBe(false);
  });

  it("does not answer who asks for a fresh answer", () => {
    expect(answers({ cacheControl: "no-cache" })).toBe(false);
    expect(answers({ cacheControl: "no-store" })).toBe(false);
    expect(answers({ cacheControl: "max-age=0" })).toBe(true);
  });
});

describe("one user's answer", () => {
  const directive = fc.constantFrom(
    "public",
    "private",
    "no-store",
    "no-cache",
    "max-age=60",
    "s-maxage=60",
    "stale-if-error=60",
    "must-revalidate",
  );
  const cacheControl = fc.option(
    fc.array(directive, { maxLength: 4 }).map((all) => all.join(", ")),
    { nil: undefined },
  );
  const request: fc.Arbitrary<StaleRequest> = fc.record({
    method: fc.constantFrom("GET", "POST"),
    hasAuthorization: fc.boolean(),
    hasCookie: fc.boolean(),
    hasCredential: fc.boolean(),
    hasRange: fc.boolean(),
    cacheControl,
  });
  const response: fc.Arbitrary<StaleResponse> = fc.record({
    status: fc.constantFrom(200, 404, 500),
    hasSetCookie: fc.boolean(),
    cacheControl,
    vary: fc.constantFrom(undefined, "*", "Cookie", "Accept-Language", "Authorization"),
    age: fc.constantFrom(undefined, "0", "10", "x"),
    expires: fc.constant(undefined),
    date: fc.constant(undefined),
  });

  it("is another's only when the origin wrote public, and never with Authorization, Set-Cookie, private or no-store", () => {
    fc.assert(
      fc.property(request, response, request, (asked, answer, asks) => {
        const decision = mayStore(asked, answer, route);
        if (decision.kind === "no") return;
        const directives = parseCacheControl(answer.cacheControl);
        expect(asked.hasAuthorization || answer.hasSetCookie).toBe(false);
        expect(directives.has("private") || directives.has("no-store") || directives.has("no-cache")).toBe(
          false,
        );
        expect(["*", "Cookie", "Authorization"]).not.toContain(answer.vary);
        const kept = { ...decision, storedAtMs: NOW_MS };
        const isKnown = asked.hasCookie || asked.hasCredential || asks.hasCookie || asks.hasCredential;
        if (mayAnswerStale(kept, asks, { kind: "no-answer" }, NOW_MS) && isKnown)
          expect(directives.has("public")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Cache-Control", () => {
  it.each<[string | undefined, Record<string, string>]>([
    [undefined, {}],
    ["", {}],
    [" , ,", {}],
    ["max-age=60", { "max-age": "60" }],
    ["Max-Age=60,Public", { "max-age": "60", public: "" }],
    ['max-age="60"', { "max-age": "60" }],
    ['private="a, b", max-age=1', { private: "a, b", "max-age": "1" }],
    ['x="say \\"no-store\\", ok", public', { x: 'say \\"no-store\\", ok', public: "" }],
    ["max-age=", { "max-age": "" }],
    ["public;max-age=60", { "no-store": "" }],
  ])("'%s' is %j", (value, expected) => {
    expect(Object.fromEntries(parseCacheControl(value))).toEqual(expected);
  });

  it("reads anything without a fault, in linear time", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(() => parseCacheControl(value)).not.toThrow();
      }),
    );
    const startedAtMs = performance.now();
    for (const long of [
      ",".repeat(100_000),
      " ".repeat(100_000),
      'a="'.repeat(30_000),
      "a,".repeat(50_000),
      '"\\'.repeat(50_000),
    ])
      parseCacheControl(long);
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});
