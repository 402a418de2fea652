/** What a good file becomes, and that stored data is checked like a file. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkConfig, formatProblem, type Loaded, loadConfig } from "../../src/config/load.ts";
import { file, OPTIONS } from "./support.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

function good(loaded: Loaded): Extract<Loaded, { kind: "ok" }> {
  if (loaded.kind === "ok") return loaded;
  throw new Error(loaded.problems.map(formatProblem).join("\n"));
}

describe("a good file", () => {
  it("has defaults, milliseconds and epoch milliseconds", () => {
    const end = [
      '[[maintenance]]\npool = "wallet"\nstart = "2026-12-01T02:00:00+08:00"\nend = 2026-11-30T20:00:00Z',
      '[[limits]]\nname = "l"\nkey = "user"\ncapacity = 60\nrefill = 0.5',
      '[[rooms]]\nname = "m"\nactive_limit = 500',
    ].join("\n");
    const { config } = good(loadConfig(file({ after: "[pools.health]", end }), OPTIONS));
    expect(config).toEqual({
      admin: {},
      logs: { sample: 0.01 },
      alerts: {},
      edge: { name: "tidegate", client_ip_header: "CF-Connecting-IP", debug_headers: false },
      pools: [
        {
          name: "wallet",
          policy: "weighted",
          affinity: "user",
          drain_cookie: true,
          limits: [],
          timeout: 10_000,
          over_provisioning: 1.4,
          panic_threshold: 50,
          panic_writes: "busy",
          origins: [{ name: "hk", url: "https://hk.example", weight: 1, priority: 0, max_in_flight: 0 }],
          health: {
            method: "GET",
            path: "/healthz",
            headers: {},
            interval: 5_000,
            timeout: 2_000,
            expect_status: [{ from: 200, to: 299 }],
            rise: 2,
            fall: 2,
            vantages: [],
          },
          ejection: {
            enabled: true,
            consecutive_failures: 5,
            failure_rate: 50,
            min_requests: 20,
            window: 10_000,
            base: 30_000,
            max: 300_000,
            count_5xx: false,
          },
          slow_start: { window: 30_000, aggression: 1, min_percent: 10, successes: 20 },
          retry: { attempts: 3, budget_tokens: 10, budget_ratio: 0.1, body_limit_bytes: 65_536 },
          hedge: { enabled: false, min_delay: 20 },
        },
      ],
      routes: [{ name: "/api/*", path: "/api/*", pool: "wallet", limits: [], cost: 1 }],
      limits: [
        {
          name: "l",
          key: "user",
          capacity: 60,
          refill: 0.5,
          interval: 1_000,
          store: "durable-object",
          on_error: "open",
          local_share: 0.1,
          mode: "enforce",
        },
      ],
      limiter: { shards: 8, timeout: 100 },
      rooms: [
        {
          name: "m",
          active_limit: 500,
          admit_per_minute: 10_000_000,
          session: 300_000,
          renew: true,
          bind: "client",
          claim_window: 20_000,
          ticket_life: 86_400_000,
          tickets_per_address: 0,
          protect: true,
          lanes: [],
          events: [],
          mode: "auto",
          on_error: "queue",
          status: 503,
        },
      ],
      maintenance: [
        {
          kind: "once",
          pool: "wallet",
          start: Date.UTC(2026, 10, 30, 18),
          end: Date.UTC(2026, 10, 30, 20),
          drain: 0,
        },
      ],
      page: { account_path: "/", announcements: [], texts: {} },
      identity: {},
    });
  });

  it("has expected statuses as ranges, from one text or a list", () => {
    const statuses = (value: string) =>
      good(loadConfig(file({ after: `[pools.health]\nexpect_status = ${value}` }), OPTIONS)).config.pools[0]
        ?.health?.expect_status;
    expect(statuses('"204"')).toEqual([{ from: 204, to: 204 }]);
    expect(statuses('["200", "301-302"]')).toEqual([
      { from: 200, to: 200 },
      { from: 301, to: 302 },
    ]);
  });

  it("has a weekly window as weekday, minute of the day, zone and duration", () => {
    const end =
      '[[maintenance]]\npool = "wallet"\norigin = "hk"\nevery = "Sat 23:59"\nzone = "Asia/Hong_Kong"\nduration = "90m"';
    expect(good(loadConfig(file({ end }), OPTIONS)).config.maintenance).toEqual([
      {
        kind: "weekly",
        pool: "wallet",
        origin: "hk",
        weekday: 6,
        minuteOfDay: 1_439,
        zone: "Asia/Hong_Kong",
        duration: 5_400_000,
        drain: 0,
      },
    ]);
  });

  it("may have priorities without a gap, in any order", () => {
    const second = '[[pools.origins]]\nname = "sg"\nurl = "https://sg.example"\n';
    good(loadConfig(file({ more: "priority = 1", after: second }), OPTIONS));
    good(loadConfig(file({ after: `${second}priority = 1` }), OPTIONS));
  });

  it("may serve stale answers where GET is among the methods", () => {
    const { config } = good(
      loadConfig(file({ match: 'stale_if_error = "168h"\nmethods = ["HEAD", "GET"]' }), OPTIONS),
    );
    expect(config.routes[0]?.stale_if_error).toBe(7 * 24 * 3_600_000);
  });

  it("may be the design's example", () => {
    const { config } = good(loadConfig(read("test/config/design.toml"), OPTIONS));
    expect(config.routes[0]).toMatchObject({ path: "/api/pay/*", cost: 5, room: "main" });
  });

  it("may be the reference page's example, or the demonstration", () => {
    expect(good(loadConfig(read("src/config/example.toml"), OPTIONS)).config.pools[0]?.origins).toHaveLength(
      3,
    );
    const demo = good(loadConfig(read("tidegate.toml"), { ...OPTIONS, ownHosts: ["127.0.0.1:8787"] }));
    expect(demo.config.pools[0]?.origins.map((origin) => origin.weight)).toEqual([50, 30, 20]);
  });

  it.each([
    "http://127.0.0.1:8801",
    "http://127.9.9.9",
    "http://localhost:1",
    "http://a.localhost",
    "http://[::1]:8801",
  ])("may have %s as origin in production", (url) => {
    good(loadConfig(file({ origin: `name = "hk"\nurl = "${url}"` }), OPTIONS));
  });

  it("may have an unencrypted origin in development", () => {
    const text = file({ origin: 'name = "hk"\nurl = "http://hk.internal:8080"' });
    good(loadConfig(text, { file: "f", environment: "development" }));
  });

  it("may have an origin on the edge's host at another port", () => {
    const text = file({
      origin: 'name = "hk"\nurl = "http://127.0.0.1:8801"',
      match: 'hosts = ["127.0.0.1"]',
    });
    good(loadConfig(text, { ...OPTIONS, ownHosts: ["127.0.0.1:8787"] }));
  });

  it("has hosts in lower case without a trailing dot", () => {
    const { config } = good(
      loadConfig(file({ match: 'hosts = ["Wallet.Example.", "*.A.example"]' }), OPTIONS),
    );
    expect(config.routes[0]?.hosts).toEqual(["wallet.example", "*.a.example"]);
  });

  it("names routes without a name by their path, later ones with a number", () => {
    const route = (methods: string) => `[[routes]]\npath = "/api/*"\npool = "wallet"\nmethods = [${methods}]`;
    const { config } = good(loadConfig(file({ end: `${route('"GET"')}\n${route('"PUT"')}` }), OPTIONS));
    expect(config.routes.map((route) => route.name)).toEqual(["/api/*", "/api/*#2", "/api/*#3"]);
  });

  it.each([
    "/",
    "/*",
    "/api/",
    "/*/x",
    "/:a/:b_1/*",
    "/a.b/~c/d-e_f/g@h",
    "/%E6%94%AF",
    "/a;b=c,d!$&'+",
    "/..a/.well-known",
  ])("may have the path pattern %s", (path) => {
    good(loadConfig(file({ route: `path = ${JSON.stringify(path)}\npool = "wallet"` }), OPTIONS));
  });

  it("may have windows that touch, of different origins, or of a pool and its origin", () => {
    const window = (origin: string, from: number, to: number) =>
      `[[maintenance]]\npool = "wallet"\n${origin}start = "2026-12-01T0${from}:00:00Z"\nend = "2026-12-01T0${to}:00:00Z"\n`;
    const end = window('origin = "hk"\n', 1, 2) + window('origin = "hk"\n', 2, 3) + window("", 1, 3);
    good(loadConfig(file({ end }), OPTIONS));
  });

  const weekly = (every: string, zone: string, duration: string) =>
    `[[maintenance]]\npool = "wallet"\nevery = "${every}"\nzone = "${zone}"\nduration = "${duration}"\n`;
  const once = (from: string, to: string) =>
    `[[maintenance]]\npool = "wallet"\nstart = ${from}\nend = ${to}\n`;

  it.each([
    ["touch", weekly("Sun 02:00", "UTC", "2h") + weekly("Sun 04:00", "UTC", "1h")],
    ["touch over the end of the week", weekly("Sat 23:00", "UTC", "1h") + weekly("Sun 00:00", "UTC", "1h")],
    [
      "touch on the clocks of two zones",
      weekly("Sun 02:00", "Asia/Tokyo", "1h") + weekly("Sat 18:00", "UTC", "1h"),
    ],
    [
      "touch one that happens once",
      weekly("Tue 08:00", "Asia/Tokyo", "1h") + once("2026-12-01T00:00:00Z", "2026-12-01T01:00:00Z"),
    ],
    // Berlin is an hour ahead of UTC in winter: 02:00 there is 01:00Z, in summer it would be 00:00Z.
    [
      "are apart on the clocks of the season",
      weekly("Sun 02:00", "Europe/Berlin", "1h") + once("2026-12-06T00:00:00Z", "2026-12-06T01:00:00Z"),
    ],
  ])("may have weekly windows that %s", (_, end) => {
    good(loadConfig(file({ end }), OPTIONS));
  });

  it("may have the same path for other hosts or methods", () => {
    const end = '[[routes]]\npath = "/api/*"\npool = "wallet"\nhosts = ["a.example"]';
    good(loadConfig(file({ match: 'methods = ["GET"]', end }), OPTIONS));
  });
});

describe("stored data", () => {
  it("is plain, survives JSON, and gives the same configuration", () => {
    const first = good(loadConfig(read("src/config/example.toml"), OPTIONS));
    const stored: unknown = JSON.parse(JSON.stringify(first.source));
    expect(stored).toEqual(first.source);
    expect(good(checkConfig(stored, OPTIONS)).config).toEqual(first.config);
  });

  it("is checked again after a change, without a place", () => {
    const { source } = good(loadConfig(file({}), OPTIONS));
    const changed = JSON.parse(JSON.stringify(source).replace('"name":"hk"', '"name":"hk","weight":-3'));
    const loaded = checkConfig(changed, OPTIONS);
    const problems = loaded.kind === "invalid" ? loaded.problems : [];
    expect(problems.map(formatProblem)).toEqual([
      "tidegate.toml: TG1202 pools[0].origins[0].weight: expected a whole number from 0 to 1,000,000, found -3",
    ]);
  });

  it.each([
    undefined,
    null,
    1,
    "a",
    true,
    [],
    {},
    { pools: null },
    { pools: [null] },
    { pools: { 0: {} } },
    { routes: [[]] },
  ])("may be anything: %j is refused, not thrown", (source) => {
    expect(checkConfig(source, OPTIONS).kind).toBe("invalid");
  });
});
