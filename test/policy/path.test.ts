import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isWellFormedHost,
  MAX_PATH_LENGTH,
  type NormalizedPath,
  normalizeHost,
  normalizePath,
  splitUrl,
} from "../../src/policy/path.ts";

const ok = (path: string): NormalizedPath => ({ kind: "ok", path });

describe("splitting a URL", () => {
  it.each([
    // As bare workerd gives them.
    [
      "http://EX.ample.:80/echo/../%61//b\\c/.%2f/;x?q=//..",
      "http",
      "ex.ample",
      "/echo/../%61//b\\c/.%2f/;x",
      "?q=//..",
    ],
    ["http://127.0.0.1:8787/", "http", "127.0.0.1:8787", "/", ""],
    ["https://pay.example/a", "https", "pay.example", "/a", ""],
    ["http://h*", "http", "h", "*", ""],
    // RFC 3986 §6.2.3: empty path, empty port, default port of the scheme only.
    ["HTTPS://Pay.Example", "https", "pay.example", "/", ""],
    ["http://pay.example:/a", "http", "pay.example", "/a", ""],
    ["https://pay.example:443/a", "https", "pay.example", "/a", ""],
    ["https://pay.example:80/a", "https", "pay.example:80", "/a", ""],
    ["http://pay.example.:8080/a", "http", "pay.example:8080", "/a", ""],
    ["http://[2001:DB8::1]/a", "http", "[2001:db8::1]", "/a", ""],
    ["http://[2001:DB8::1]:80/a", "http", "[2001:db8::1]", "/a", ""],
    ["http://[2001:DB8::1]:8080/a", "http", "[2001:db8::1]:8080", "/a", ""],
    // The query keeps its mark, also when it is empty; slashes in it are no path.
    ["http://pay.example?x=/y", "http", "pay.example", "/", "?x=/y"],
    ["http://pay.example/login?", "http", "pay.example", "/login", "?"],
    ["http://pay.example/a?x=1?y=2", "http", "pay.example", "/a", "?x=1?y=2"],
    // A fragment is never sent on; a backslash ends the host.
    ["http://pay.example/login#x?y", "http", "pay.example", "/login", ""],
    ["http://pay.example\\@evil.example/", "http", "pay.example", "\\@evil.example/", ""],
    ["http://pay.example//evil.example/x", "http", "pay.example", "//evil.example/x", ""],
  ])("%s", (url, scheme, host, path, query) => {
    expect(splitUrl(url)).toEqual({ scheme, host, path, query });
  });

  it("loses nothing of the path and the query", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab/?.%2=&;:@") });
    fc.assert(
      fc.property(text, (rest) => {
        const { host, path, query } = splitUrl(`http://pay.example/${rest}`);
        expect(host).toBe("pay.example");
        expect(path + query).toBe(`/${rest}`);
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (url) => void splitUrl(url)));
  });
});

describe("a host", () => {
  it.each([
    "pay.example",
    "pay.example:8080",
    "[::1]",
    "[2001:db8::1]:443",
    "xn--fsq.example",
    "a_b.example",
    "1.2.3.4",
  ])("%s is well formed", (host) => expect(isWellFormedHost(host)).toBe(true));

  it.each([
    "",
    "user@evil",
    "a b",
    "a/b",
    "a\\b",
    'a"b',
    "a:b",
    "a:123456",
    "a:1:2",
    "::1",
    "[::1",
    "é",
    "a,b c",
    "*",
    "\n",
    "a\n",
  ])("%j is not", (host) => expect(isWellFormedHost(host)).toBe(false));

  it("has one spelling, which is its own spelling", () => {
    fc.assert(
      fc.property(fc.domain(), fc.option(fc.integer({ min: 0, max: 65_535 })), (name, port) => {
        const host = normalizeHost(port === null ? name : `${name}:${port}`, "443");
        expect(normalizeHost(host, "443")).toBe(host);
        expect(normalizeHost(`${name.toUpperCase()}.${port === null ? "" : `:${port}`}`, "443")).toBe(host);
      }),
    );
  });
});

describe("normalising a path", () => {
  it.each([
    "/",
    "/api/pay",
    "/api/pay/",
    "/.well-known/x",
    "/a/...",
    "/a/..b/.c/d.",
    "/a;v=1/b",
    "/~user/-._~!$&'()*+,;=:@",
    "/%E6%94%AF%E4%BB%98",
    "/a%20b",
    "/a%2Fb",
    "/%252e%252e/x",
    "/a/;/b",
  ])("leaves %s alone", (path) => expect(normalizePath(path)).toEqual(ok(path)));

  it.each([
    // RFC 3986 §6.2.2.1 and §6.2.2.2.
    ["/%7euser/%41%2dx", "/~user/A-x"],
    ["/%6cogin", "/login"],
    ["/a%2fb", "/a%2Fb"],
    ["/%e6%94%af", "/%E6%94%AF"],
    // RFC 3986 §5.2.4, with its own example, and climbing above the root (§5.4.2).
    ["/a/b/c/./../../g", "/a/g"],
    ["/mid/content=5/../6", "/mid/6"],
    ["/../../../g", "/g"],
    ["/..", "/"],
    ["/a/..", "/"],
    ["/a/.", "/a/"],
    ["/a/b/..", "/a/"],
    ["/./a", "/a"],
    ["/a/../", "/"],
    // Encoded dot segments are dot segments.
    ["/x/%2e%2E/login", "/login"],
    ["/x/%2e/login", "/x/login"],
    ["/x/.%2e/login", "/login"],
    // Duplicate slashes are merged first, as nginx does.
    ["//login", "/login"],
    ["/a//..//b", "/b"],
    ["//evil.test/x", "/evil.test/x"],
    ["///", "/"],
    // Raw characters that no path may hold, and that the origin's URL parser would escape.
    ['/a"b<c>', "/a%22b%3Cc%3E"],
    ["/[id]|{x}^`", "/%5Bid%5D%7C%7Bx%7D%5E%60"],
    ["", "/"],
    // Decoded once, never twice.
    ["/%252E%252e%2f", "/%252E%252e%2F"],
  ])("%s becomes %s", (path, normal) => expect(normalizePath(path)).toEqual(ok(normal)));

  it.each([
    // Attack list row 15 and 20.
    ["/x/..%2flogin", "hidden dot segment"],
    ["/x/%2e%2e%2flogin", "hidden dot segment"],
    ["/x%2F..", "hidden dot segment"],
    ["/x%2f%2e%2e%2fy", "hidden dot segment"],
    ["/a/.%2f/;x", "hidden dot segment"],
    ["/api/..;/admin", "hidden dot segment"],
    ["/api/.;x=1/admin", "hidden dot segment"],
    ["/api/%2e%2e;/admin", "hidden dot segment"],
    ["/x/..%5clogin", "backslash"],
    ["/x/..%5Clogin", "backslash"],
    ["/\\evil.test", "backslash"],
    ["/a%5cb", "backslash"],
    ["/login%00", "escaped control"],
    ["/%09/evil.test", "escaped control"],
    ["/a%0d%0aX:y", "escaped control"],
    ["/a%1F", "escaped control"],
    ["/a%7f", "escaped control"],
    ["/a\u0000", "control character"],
    ["/a\u001f", "control character"],
    ["/a\u007f", "control character"],
    ["/a b", "a space"],
    ["/支付", "outside ASCII"],
    ["/\ud800", "outside ASCII"],
    ["/%", "malformed"],
    ["/%2", "malformed"],
    ["/%zz", "malformed"],
    ["/%u002e", "malformed"],
    ["/login#", "fragment"],
    ["/login?", "fragment"],
    ["login", "no slash"],
    ["*", "no slash"],
    ["\\evil", "no slash"],
  ])("%j is rejected", (path, why) => {
    const result = normalizePath(path);
    expect(result).toMatchObject({ kind: "rejected", reason: expect.stringContaining(why) });
  });

  it("takes a path of exactly the greatest length, and none longer", () => {
    const longer = normalizePath(`/${"a".repeat(MAX_PATH_LENGTH)}`);
    expect(longer).toEqual({ kind: "rejected", reason: "The path has more than 8192 characters." });
    expect(normalizePath(`/${"a".repeat(MAX_PATH_LENGTH - 1)}`).kind).toBe("ok");
  });

  const piece = fc.constantFrom(
    ..."/.;%\\ab~2eEfF5cC0?#[",
    "/..",
    "/.",
    "%2e",
    "%2F",
    "%2f",
    "%5c",
    "%25",
    "%00",
    "%E6",
    "//",
    "..;",
  );
  const hostilePath = fc.array(piece, { maxLength: 14 }).map((pieces) => `/${pieces.join("")}`);

  it("is idempotent", () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        const once = normalizePath(path);
        if (once.kind === "ok") expect(normalizePath(once.path)).toEqual(once);
      }),
      { numRuns: 5000 },
    );
  });

  it("never gives a path that could be read in two ways", () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        const result = normalizePath(path);
        if (result.kind === "rejected") return;
        expect(result.path).toMatch(/^\/[!-~]*$/);
        expect(result.path).not.toMatch(
          /\/\/|[\\?#]|%(?![0-9A-F]{2})|%(?:[01]|7F|5C|2[DE]|3\d|4[1-9A-F]|5F|7E)/,
        );
        for (const segment of result.path.split(/\/|%2F/)) expect(segment).not.toMatch(/^\.\.?(?:;|$)/);
      }),
      { numRuns: 5000 },
    );
  });

  it("gives what the URL parser of the origin request leaves as it is", () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        const result = normalizePath(path);
        if (result.kind === "rejected") return;
        const url = new URL(`http://origin.example${result.path}`);
        expect([url.host, url.pathname]).toEqual(["origin.example", result.path]);
      }),
      { numRuns: 5000 },
    );
  });

  it("agrees with the URL parser wherever that one has the same rules", () => {
    const plain = fc.array(fc.constantFrom("/a", "/b.c", "/.", "/..", "/%2e", "/.%2E", "/x~"), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(plain, fc.boolean(), (segments, slash) => {
        const path = `/r${segments.join("")}${slash ? "/" : ""}`;
        // The URL parser alone keeps a trailing empty segment apart from a merged one.
        const expected = new URL(path, "http://origin.example").pathname.replace(/\/{2,}/g, "/");
        expect(normalizePath(path)).toEqual(ok(expected));
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (path) => void normalizePath(path)));
    fc.assert(fc.property(fc.string({ unit: "binary" }), (path) => void normalizePath(`/${path}`)));
  });

  it("takes the longest hostile path in well under the time of a request", () => {
    const hostile = ["/.", "/a;", "%2F.", "/..;", "%2e%2e/", "%2", ";.", "/[[[["];
    for (const text of hostile) {
      const path = `/${text.repeat(MAX_PATH_LENGTH)}`.slice(0, MAX_PATH_LENGTH);
      const startedAt = performance.now();
      normalizePath(path);
      expect(performance.now() - startedAt).toBeLessThan(250);
    }
  });
});
