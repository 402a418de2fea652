import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEY_FIELDS, type StaleTarget, staleKey, staleRequestOf } from "../../src/policy/stale-request.ts";

const factsOf = (...headers: [string, string][]) => staleRequestOf("GET", headers, new Set(["x-partner"]));
const target: StaleTarget = {
  scheme: "https",
  host: "pay.example",
  path: "/rates",
  query: "?c=HKD",
  pool: "wallet",
};

describe("what a request shows of its user", () => {
  it("is nothing without fields that name one", () => {
    expect(
      factsOf(
        ["accept", "*/*"],
        ["accept-language", "zh-CN"],
        ["user-agent", "Wallet/7"],
        ["sec-fetch-user", "?1"],
        ["traceparent", "00-1-2-01"],
        ["x-request-id", "17"],
        ["cf-device-type", "mobile"],
        ["x-design", "2"],
        ["x-considered", "1"],
      ),
    ).toEqual({
      method: "GET",
      hasAuthorization: false,
      hasCookie: false,
      hasCredential: false,
      hasRange: false,
      cacheControl: undefined,
    });
  });

  it("is told apart: Authorization, cookies, a range, the client's wishes", () => {
    expect(factsOf(["authorization", "Bearer x"])).toMatchObject({ hasAuthorization: true });
    expect(factsOf(["cookie", "a=b"])).toMatchObject({ hasCookie: true });
    expect(factsOf(["range", "bytes=0-1"])).toMatchObject({ hasRange: true });
    expect(factsOf(["cache-control", "no-cache"])).toMatchObject({ cacheControl: "no-cache" });
  });

  it("takes Pragma where there is no Cache-Control (RFC 9111 §5.4)", () => {
    expect(factsOf(["pragma", "no-cache"])).toMatchObject({ cacheControl: "no-cache" });
    expect(factsOf(["pragma", "no-cache"], ["cache-control", "max-age=5"])).toMatchObject({
      cacheControl: "max-age=5",
    });
    expect(factsOf(["cache-control", "max-age=5"], ["pragma", "no-cache"])).toMatchObject({
      cacheControl: "max-age=5",
    });
  });

  it.each([
    "x-partner",
    "x-api-key",
    "apikey",
    "x-auth-token",
    "x-authtoken",
    "x-access-token",
    "x-csrf-token",
    "token",
    "x-session-id",
    "sessionid",
    "sid",
    "x-user-id",
    "x-userid",
    "x-user",
    "x-account",
    "x-customer-number",
    "x-wallet-id",
    "x-device-id",
    "x-signature",
    "dpop",
    "client-cert",
    "cf-access-jwt-assertion",
    "proxy-authorization",
    "x_user_id",
  ])("counts %s as a credential", (name) => {
    expect(factsOf([name, "1"])).toMatchObject({ hasCredential: true });
  });

  it("is found in linear time", () => {
    const startedAtMs = performance.now();
    for (const name of [
      "token".repeat(20_000),
      "a".repeat(100_000),
      "-".repeat(100_000),
      "auth-".repeat(20_000),
    ])
      factsOf([name, ""]);
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});

describe("the key of an answer", () => {
  it.each(["scheme", "host", "path", "query", "pool"] as const)("differs by %s", (part) => {
    expect(staleKey({ ...target, [part]: "other" }, [])).not.toBe(staleKey(target, []));
  });

  it.each(KEY_FIELDS)("differs by %s, and an empty one is not none", (field) => {
    const keys = [[], [[field, ""]], [[field, "a"]], [[field, "b"]]].map((headers) =>
      staleKey(target, headers as [string, string][]),
    );
    expect(new Set(keys).size).toBe(4);
  });

  it("is the same whatever other fields a request has", () => {
    expect(staleKey(target, [["x-request-id", "17"]])).toBe(staleKey(target, []));
  });

  it("is the same only for the same parts", () => {
    const parts = fc.record({
      scheme: fc.constantFrom("http", "https"),
      host: fc.string({ maxLength: 4 }),
      path: fc.string({ maxLength: 4 }),
      query: fc.string({ maxLength: 4 }),
      pool: fc.string({ maxLength: 4 }),
    });
    const headers = fc.uniqueArray(fc.tuple(fc.constantFrom(...KEY_FIELDS), fc.string({ maxLength: 3 })), {
      selector: ([name]) => name,
    });
    const sorted = (fields: [string, string][]) => [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
    fc.assert(
      fc.property(parts, headers, parts, headers, (a, fieldsA, b, fieldsB) => {
        const isSame = JSON.stringify([a, sorted(fieldsA)]) === JSON.stringify([b, sorted(fieldsB)]);
        expect(staleKey(a, fieldsA) === staleKey(b, fieldsB)).toBe(isSame);
      }),
      { numRuns: 2000 },
    );
  });
});
