import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Exchange, sharedCacheMayKeep } from "../../src/policy/shared-cache.ts";
import { mayStore } from "../../src/policy/stale-cache.ts";

const plain: Exchange = {
  method: "GET",
  hasAuthorization: false,
  status: 200,
  hasSetCookie: false,
  cacheControl: undefined,
  hasExpires: false,
  hasTargetedControl: false,
};
const mayKeep = (more: Partial<Exchange>) => sharedCacheMayKeep({ ...plain, ...more });

describe("a cache that serves many users may keep", () => {
  it.each<[string, Partial<Exchange>]>([
    ["a plain answer to a GET", {}],
    ["one to a HEAD", { method: "HEAD" }],
    ["a status that is kept without a word", { status: 404 }],
    ["a 304, which renews what is kept", { status: 304 }],
    ["public", { cacheControl: "public" }],
    ["a fresh time", { cacheControl: "max-age=60" }],
    ["a fresh time of nothing", { cacheControl: "max-age=0, must-revalidate" }],
    ["a fresh time for shared caches", { cacheControl: "s-maxage=60" }],
    ["Expires", { hasExpires: true }],
    ["no-cache, which asks only to look again", { cacheControl: "no-cache" }],
    ["fields that are private, without them", { cacheControl: 'private="x-user"' }],
    ["a POST that says how long it is fresh", { method: "POST", cacheControl: "max-age=60" }],
    ["an answer to Authorization that is public", { hasAuthorization: true, cacheControl: "public" }],
    [
      "an answer to Authorization that must be looked at again",
      { hasAuthorization: true, cacheControl: "must-revalidate" },
    ],
    ["a cookie for everybody", { hasSetCookie: true, cacheControl: "public, max-age=60" }],
    ["what speaks to a CDN alone", { hasTargetedControl: true, cacheControl: "no-store" }],
    ["what contradicts itself", { cacheControl: "no-store, public" }],
    ["what contradicts itself about users", { cacheControl: "private, s-maxage=60" }],
    ["what cannot be read", { cacheControl: "no-store max-age" }],
  ])("%s", (_, more) => {
    expect(mayKeep(more)).toBe(true);
  });
});

describe("a cache that serves many users keeps nothing of", () => {
  it.each<[string, Partial<Exchange>]>([
    ["no-store", { cacheControl: "no-store" }],
    ["private", { cacheControl: "private, max-age=60" }],
    ["private with an Expires", { cacheControl: "Private", hasExpires: true }],
    ["an answer to a payment", { method: "POST", status: 201 }],
    ["an answer to PUT or DELETE", { method: "DELETE", status: 204 }],
    ["a status that is not kept without a word", { status: 401 }],
    ["a redirect of the moment", { status: 302 }],
    ["an answer to Authorization", { hasAuthorization: true }],
    ["an answer that sets a cookie and says nothing for caches", { hasSetCookie: true }],
    ["no-cache with a cookie", { hasSetCookie: true, cacheControl: "no-cache" }],
  ])("%s", (_, more) => {
    expect(mayKeep(more)).toBe(false);
  });
});

describe("an answer that the edge keeps for bad times", () => {
  it("to a user with cookies is always one that shared caches may keep too, so it never holds a seat", () => {
    const word = fc.constantFrom(
      "public",
      "private",
      "no-store",
      "no-cache",
      "max-age=60",
      "s-maxage=60",
      "stale-if-error=60",
      "must-revalidate",
      'private="x"',
    );
    const exchange = fc.record({
      method: fc.constantFrom("GET", "POST"),
      hasAuthorization: fc.boolean(),
      status: fc.constantFrom(200, 201, 302, 404),
      hasSetCookie: fc.boolean(),
      cacheControl: fc.array(word, { maxLength: 4 }).map((words) => words.join(", ")),
      hasExpires: fc.boolean(),
      hasTargetedControl: fc.boolean(),
    });
    fc.assert(
      fc.property(exchange, (found) => {
        const decision = mayStore(
          { ...found, hasCookie: true, hasCredential: false, hasRange: false, cacheControl: undefined },
          { ...found, vary: undefined, age: undefined, expires: undefined, date: undefined },
          { staleIfErrorMs: 60_000, keyFields: [] },
        );
        if (decision.kind === "store") expect(sharedCacheMayKeep(found)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
