import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRoutes, type RoutePattern, routePatternProblem } from "../../src/policy/route-match.ts";

const only = (pattern: RoutePattern) => compileRoutes([pattern]);
const fits = (pattern: string, path: string) => only({ path: pattern }).match("h", path, "GET") === 0;

describe("a route's path", () => {
  it.each([
    ["/", "/"],
    ["/login", "/login"],
    ["/login", "/login/"],
    ["/login/", "/login"],
    ["/api/pay/*", "/api/pay"],
    ["/api/pay/*", "/api/pay/"],
    ["/api/pay/*", "/api/pay/a/b/c"],
    ["/*", "/"],
    ["/*", "/a/b"],
    ["/users/:id", "/users/7"],
    ["/users/:id/", "/users/7/"],
    ["/users/:id/cards", "/users/7/cards"],
    ["/users/*/cards", "/users/7/cards"],
    ["/users/:id/*", "/users/7"],
    ["/users/:id/*", "/users/7/x/y"],
    ["/v1/a:b", "/v1/a:b"],
    // Patterns are spelled as request paths are.
    ["/%7euser//x/../y", "/~user/y"],
    ["/支付/*", "/%E6%94%AF%E4%BB%98/x"],
    ["/a%2fb", "/a%2Fb"],
    // Attack list row 15: parameters do not dodge a policy.
    ["/login", "/login;x"],
    ["/login", "/;x/login"],
    ["/login", "/login/;x"],
    ["/api/login", "/api;v=1/login;jsessionid=7"],
  ])("%s fits %s", (pattern, path) => expect(fits(pattern, path)).toBe(true));

  it.each([
    ["/", "/a"],
    ["/login", "/"],
    ["/login", "/LOGIN"],
    ["/login", "/logins"],
    ["/login", "/login/x"],
    ["/api/pay/*", "/api/payment"],
    ["/api/pay/*", "/api"],
    ["/users/:id", "/users"],
    ["/users/:id", "/users/"],
    ["/users/:id", "/users/7/cards"],
    ["/users/*/cards", "/users/cards"],
    ["/users/*/cards", "/users//cards"],
    ["/users/:id/*", "/users/"],
    ["/a/b", "/a%2Fb"],
  ])("%s does not fit %s", (pattern, path) => expect(fits(pattern, path)).toBe(false));
});

describe("a route's hosts", () => {
  it.each([
    ["pay.example", "pay.example", true],
    ["Pay.Example.", "pay.example", true],
    ["pay.example", "pay.example:8443", true],
    ["pay.example:8443", "pay.example:8443", true],
    ["pay.example:8443", "pay.example", false],
    ["pay.example:8443", "pay.example:9443", false],
    ["pay.example", "xpay.example", false],
    ["*.pay.example", "a.pay.example", true],
    ["*.pay.example", "a.b.pay.example:8443", true],
    ["*.pay.example", "pay.example", false],
    ["*.pay.example", ".pay.example", false],
    ["*.pay.example", "xpay.example", false],
    ["*.pay.example:8443", "a.pay.example:8443", true],
    ["*.pay.example:8443", "a.pay.example", false],
    ["[::1]", "[::1]:8787", true],
    ["[::1]:8787", "[::1]", false],
    ["127.0.0.1", "127.0.0.1:8787", true],
  ])("%s against %s: %s", (pattern, host, expected) => {
    expect(only({ hosts: [pattern], path: "/*" }).match(host, "/", "GET")).toBe(expected ? 0 : undefined);
  });

  it("fit when one of them does", () => {
    const matcher = only({ hosts: ["a.example", "*.b.example"], path: "/*" });
    expect(matcher.match("x.b.example", "/", "GET")).toBe(0);
    expect(matcher.match("c.example", "/", "GET")).toBeUndefined();
  });
});

describe("the first match", () => {
  it("wins, however special a later one is", () => {
    const matcher = compileRoutes([{ path: "/api/*" }, { path: "/api/pay" }]);
    expect(matcher.match("h", "/api/pay", "GET")).toBe(0);
  });

  it("passes over routes for other hosts and methods", () => {
    const matcher = compileRoutes([
      { path: "/api/pay", methods: ["POST"] },
      { path: "/api/:what", hosts: ["a.example"] },
      { path: "/api/*" },
    ]);
    expect(matcher.match("h", "/api/pay", "POST")).toBe(0);
    expect(matcher.match("a.example", "/api/pay", "GET")).toBe(1);
    expect(matcher.match("h", "/api/pay", "GET")).toBe(2);
    expect(matcher.match("h", "/other", "GET")).toBeUndefined();
  });

  it("takes methods as they are spelled, HEAD apart from GET", () => {
    const matcher = only({ path: "/a", methods: ["GET"] });
    expect(matcher.match("h", "/a", "HEAD")).toBeUndefined();
    expect(matcher.match("h", "/a", "get")).toBeUndefined();
  });

  it("is none without routes", () => {
    expect(compileRoutes([]).match("h", "/", "GET")).toBeUndefined();
  });

  it("is what a plain reading of the list from top to bottom finds", () => {
    const literal = fc.constantFrom("a", "b", "c");
    const segment = fc.oneof({ weight: 3, arbitrary: literal }, fc.constantFrom("*", ":x"));
    const pattern: fc.Arbitrary<RoutePattern> = fc.record({
      path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join("/")}`),
      hosts: fc.option(fc.subarray(["a.test", "*.test", "*.a.test", "a.test:81"], { minLength: 1 }), {
        nil: undefined,
      }),
      methods: fc.option(fc.subarray(["GET", "POST"], { minLength: 1 }), { nil: undefined }),
    });
    const path = fc
      .tuple(fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 5 }), fc.constantFrom("", "/"))
      .map(([segments, slash]) => `/${segments.join("/")}${segments.length > 0 ? slash : ""}`);
    const host = fc.constantFrom("a.test", "b.test", "x.a.test", "a.test:81", "x.a.test:81", "other");
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 12 }),
        host,
        path,
        fc.constantFrom("GET", "POST"),
        (routes, h, p, m) => {
          const naive = routes.findIndex((route) => plainlyFits(route, h, p, m));
          expect(compileRoutes(routes).match(h, p, m)).toBe(naive === -1 ? undefined : naive);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

/** The rule as one would tell it, without any index. */
function plainlyFits(
  { hosts, path, methods }: RoutePattern,
  host: string,
  asked: string,
  method: string,
): boolean {
  const bare = host.split(":")[0] ?? "";
  const hostFits = (hosts ?? [host]).some((pattern) => {
    const subject = pattern.includes(":") ? host : bare;
    if (!pattern.startsWith("*")) return subject === pattern || host === pattern;
    return subject.length > pattern.length - 1 && subject.endsWith(pattern.slice(1));
  });
  const source = path
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment, index, all) => {
      if (segment === "*" && index === all.length - 1) return "(?:/.*)?";
      return segment === "*" || segment.startsWith(":") ? "/[^/]+" : `/${segment}`;
    })
    .join("");
  return hostFits && (methods ?? [method]).includes(method) && new RegExp(`^${source}/?$`).test(asked);
}

describe("the cost of a match", () => {
  const time = (run: () => void) => {
    for (let round = 0; round < 2000; round++) run();
    const startedAt = performance.now();
    for (let round = 0; round < 20_000; round++) run();
    return performance.now() - startedAt;
  };

  it("does not grow with the number of routes", () => {
    const routes = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ path: `/api/service-${index}/:id/*` }));
    const few = compileRoutes(routes(10));
    const many = compileRoutes(routes(1000));
    expect(many.match("h", "/api/service-999/7", "GET")).toBe(999);
    const fewMs = time(() => few.match("h", "/api/service-9/7/x", "GET"));
    const manyMs = time(() => many.match("h", "/api/service-999/7/x", "GET"));
    expect(manyMs).toBeLessThan(fewMs * 10 + 20);
  });

  it("stays small for the longest path against hostile patterns", () => {
    const routes = Array.from({ length: 200 }, (_, index) => ({
      path: `/${"*/a/".repeat((index % 12) + 1)}end-${index}`,
    }));
    const matcher = compileRoutes(routes);
    const startedAt = performance.now();
    expect(matcher.match("h", "/a".repeat(4096), "GET")).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(250);
  });
});

describe("a pattern's problem", () => {
  it.each([
    ["api/*", "no slash"],
    ["/a\\b", "backslash"],
    ["/..%2fa", "dot segment"],
    ["/a b", "space"],
    ["/files/*.js", "whole segment"],
    ["/a**", "whole segment"],
    ["/:", "no parameter"],
    ["/:id.json", "no parameter"],
    ["/a;v=1", "never fits"],
  ])("%s", (path, why) => {
    expect(routePatternProblem({ path })).toContain(why);
    expect(() => compileRoutes([{ path: "/" }, { path }])).toThrow(/^Route 1: /);
  });

  it.each(["", "*", "a*.example", "*.*.example", "a b", "a/b", "user@host", "https://a.example"])(
    "host %j",
    (host) => {
      expect(routePatternProblem({ hosts: [host], path: "/*" })).toContain("is no host");
    },
  );

  it("is an empty list, which fits nothing", () => {
    expect(routePatternProblem({ hosts: [], path: "/*" })).toContain("empty list");
    expect(routePatternProblem({ methods: [], path: "/*" })).toContain("empty list");
  });

  it("is none for a good one", () => {
    expect(
      routePatternProblem({ hosts: ["*.a.example", "[::1]:80"], path: "/a/:id/*", methods: ["GET"] }),
    ).toBeUndefined();
  });
});
