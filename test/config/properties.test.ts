/** What holds for every configuration, good or broken. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfig, loadConfig } from "../../src/config/load.ts";
import { formatDuration, parseDuration } from "../../src/config/schema/units.ts";
import { OPTIONS } from "./support.ts";

const RUNS = { numRuns: 300 };
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const names = (max: number) => fc.uniqueArray(name, { minLength: 1, maxLength: max });
const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.option(
    value.map((item) => ({ [key]: item })),
    { nil: {} },
  );
const duration = fc.integer({ min: 1_000, max: 60_000 }).map((ms) => formatDuration(ms));
const segment = fc.oneof(fc.stringMatching(/^[a-z0-9_~-]{1,8}$/), fc.constant("*"));
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join("/")}`);

const origins = names(5).chain((list) =>
  fc.tuple(
    ...list.map((origin, index) =>
      fc
        .record({
          weight: fc.integer({ min: 1, max: 1_000_000 }),
          max_in_flight: fc.nat(1_000_000),
          place: fc.option(
            fc.record({ lat: fc.integer({ min: -90, max: 90 }), lon: fc.integer({ min: -180, max: 180 }) }),
          ),
        })
        .map(({ place, ...rest }) => ({ name: origin, url: `https://o${index}.example`, ...rest, ...place })),
    ),
  ),
);

const status = fc.integer({ min: 100, max: 599 });
const range = fc.tuple(status, status).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);

const health = fc.record({
  interval: duration,
  rise: fc.integer({ min: 1, max: 100 }),
  expect_status: fc.oneof(status.map(String), range, fc.uniqueArray(range, { minLength: 1, maxLength: 5 })),
  vantages: fc.subarray(["wnam", "weur", "apac"]),
  headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[!-~]{1,20}$/), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
});

const pool = (poolName: string) =>
  fc
    .tuple(
      origins,
      optional("policy", fc.constantFrom("weighted", "least-loaded", "nearest", "failover")),
      optional("timeout", duration),
      optional("panic_threshold", fc.integer({ min: 0, max: 100 })),
      optional(
        "over_provisioning",
        fc.integer({ min: 10, max: 100 }).map((tenths) => tenths / 10),
      ),
      optional("health", health),
      optional("ejection", fc.record({ count_5xx: fc.boolean(), window: duration, base: duration })),
      optional("slow_start", fc.record({ window: duration, successes: fc.integer({ min: 0, max: 100 }) })),
      optional("retry", fc.record({ attempts: fc.integer({ min: 1, max: 5 }) })),
      optional("hedge", fc.record({ enabled: fc.boolean(), min_delay: duration })),
    )
    .map(
      ([list, ...parts]) =>
        Object.assign({ name: poolName, origins: list }, ...parts) as Record<string, unknown>,
    );

/** Configurations without a mistake, as data. */
const goodSource = fc
  .tuple(names(3), names(3), names(2), fc.uniqueArray(path, { minLength: 1, maxLength: 8 }))
  .chain(([pools, limits, rooms, paths]) =>
    fc.record({
      pools: fc.tuple(...pools.map(pool)),
      limits: fc.tuple(
        ...limits.map((limit) =>
          fc.record({
            name: fc.constant(limit),
            key: fc.constantFrom("user", "ip", "all", "header:X-Key", "cookie:sid"),
            capacity: fc.integer({ min: 100, max: 1_000_000 }),
            refill: fc.double({ min: 0, max: 1_000, noNaN: true }),
            interval: duration,
          }),
        ),
      ),
      rooms: fc.tuple(
        ...rooms.map((room) =>
          fc.record({ name: fc.constant(room), active_limit: fc.integer({ min: 1, max: 1_000 }) }),
        ),
      ),
      routes: fc.tuple(
        ...paths.map((route) =>
          fc
            .tuple(
              fc.constantFrom(...pools),
              fc.subarray(limits),
              fc.integer({ min: 1, max: 100 }),
              fc.constantFrom({ room: rooms[0] }, { lane: "bypass" }, {}),
            )
            .map(([target, used, cost, way]) => ({ path: route, pool: target, limits: used, cost, ...way })),
        ),
      ),
    }),
  );

/** Values that tend to break checks. */
const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    Number.NaN,
    -1,
    1e308,
    "",
    "\0",
    "//",
    "https://@",
    "*",
    [],
    {},
    [[]],
    true,
  ),
  fc.string(),
  fc.jsonValue(),
);

/** All places in data, as paths. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))];
}

function replace(value: unknown, [key, ...rest]: (string | number)[], put: unknown): unknown {
  if (key === undefined) return put;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replace(copy[key], rest, put);
  return copy;
}

/** Data as TOML, with inline tables for all that is inside a table. */
function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(", ")}]`;
  if (typeof value === "number")
    return Number.isInteger(value) && !Object.is(value, -0) ? String(value) : inToml(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)} = ${toToml(item)}`)
    .join(", ")} }`;
}

/** TOML wants a digit on both sides of the point, and a point or exponent in a float. */
function inToml(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : value.toFixed(1);
}

const topLevel = (source: object) =>
  Object.entries(source)
    .map(([key, value]) => `${key} = ${toToml(value)}`)
    .join("\n");

describe("durations", () => {
  it("read back as the same number of milliseconds", () => {
    fc.assert(fc.property(fc.nat(100 * 3_600_000), (ms) => parseDuration(formatDuration(ms)) === ms));
  });

  it("are nothing else than a number and a unit", () => {
    fc.assert(
      fc.property(fc.string(), (text) => parseDuration(text) === undefined || /^\d+(ms|s|m|h)$/.test(text)),
    );
  });
});

describe("any good configuration", () => {
  it("loads as data", () => {
    fc.assert(
      fc.property(goodSource, (source) => {
        expect(checkConfig(source, OPTIONS)).toMatchObject({ kind: "ok" });
      }),
      RUNS,
    );
  });

  it("loads from TOML as the same configuration", () => {
    fc.assert(
      fc.property(goodSource, (source) => {
        expect(loadConfig(topLevel(source), OPTIONS)).toEqual(checkConfig(source, OPTIONS));
      }),
      RUNS,
    );
  });
});

describe("any change to a good configuration", () => {
  it("loads or gives problems with a known code, and never throws", () => {
    const changed = fc.tuple(goodSource, nasty, fc.nat()).map(([source, put, pick]) => {
      const all = places(source);
      return replace(source, all[pick % all.length] ?? [], put);
    });
    fc.assert(
      fc.property(changed, (source) => {
        const loaded = checkConfig(source, OPTIONS);
        if (loaded.kind === "invalid") {
          expect(loaded.problems.length).toBeGreaterThan(0);
          for (const problem of loaded.problems) expect(problem.code).toMatch(/^TG1\d{3}$/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("in the text gives places inside the text", () => {
    const changed = fc
      .tuple(goodSource.map(topLevel), fc.nat(), fc.nat(6), fc.string({ maxLength: 6 }))
      .map(([text, at, length, put]) => {
        const index = at % text.length;
        return text.slice(0, index) + put + text.slice(index + length);
      });
    fc.assert(
      fc.property(changed, (text) => {
        const loaded = loadConfig(text, OPTIONS);
        const lines = text.split("\n");
        for (const { line, column } of loaded.kind === "invalid" ? loaded.problems : []) {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("gives nothing but problems for text that is no TOML at all", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 200 }),
        (text) => loadConfig(text, OPTIONS).kind === "invalid",
      ),
    );
  });
});
