// What `/.tidegate/metrics` tells: every family described, both forms well-formed, and few series however many routes.
import { beforeAll, describe, expect, it } from "vitest";
import { gaugesOf } from "../../src/config/gauges.ts";
import * as names from "../../src/config/metric-names.ts";
import { statusOf } from "../../src/config/status.ts";
import { type Compiled, compile } from "../../src/edge/compiled.ts";
import { addTo, count, takeCounts } from "../../src/edge/counters.ts";
import type { Decision } from "../../src/edge/request-series.ts";
import { formOf, type MetricsForm, metricsText } from "../../src/operator/metrics.ts";
import { seriesName } from "../../src/policy/metric-label.ts";
import { walletSnapshot } from "./support.ts";

const REGIONS = 10;
const ROUTES = 50;
/** The bound for so many. */
const MOST_SERIES = 2_000;

/** Each decision with a status of every class that it can end in. */
const ENDINGS: Readonly<Record<Decision, readonly number[]>> = {
  proxied: [101, 200, 302, 404, 500],
  unanswered: [504],
  stale: [200],
  limited: [429, 503],
  queued: [200, 429, 503],
  maintenance: [503],
  shed: [503],
  blocked: [204, 400],
  reserved: [200, 302, 404, 503],
  error: [500],
};

const snapshot = walletSnapshot(
  Object.fromEntries(Array.from({ length: REGIONS }, (_, index) => [`region-${index}`, 10])),
  7,
  {
    routes: Array.from({ length: ROUTES }, (_, index) => ({
      name: `route-${index}`,
      path: `/${index}/*`,
      pool: "wallet",
      limits: ["per-user"],
      room: index % 2 === 0 ? "main" : "sale",
    })),
    limits: ["per-user", "per-address", "everybody"].map((name) => ({
      name,
      key: "user",
      capacity: 10,
      refill: 1,
      interval: "1s",
    })),
    rooms: ["main", "sale"].map((name) => ({ name, active_limit: 10, admit_per_minute: 60 })),
  },
);

let compiled: Compiled;
let everything: Record<string, number>;

/** Everything that 10 regions and 50 routes can make happen has happened. */
beforeAll(() => {
  takeCounts();
  compiled = compile(snapshot, undefined, Date.now(), 0);
  for (const route of compiled.routes) {
    for (const [decision, statuses] of Object.entries(ENDINGS) as [Decision, number[]][]) {
      for (const status of statuses) addTo(route.series.cell(decision, status));
    }
    for (const limit of route.limits) for (const series of Object.values(limit.series)) count(series);
  }
  for (const pool of compiled.pools) {
    for (const { buckets, sum } of [pool.series.total, pool.series.edge])
      for (const cell of [...buckets, sum]) addTo(cell);
    for (const { name, series } of pool.origins) {
      for (const status of [undefined, 101, 200, 302, 404, 500]) addTo(series.cell(status));
      for (const cell of [...series.took.buckets, series.took.sum]) addTo(cell);
      for (const cell of [...Object.values(series.attempts), ...Object.values(series.failures)]) addTo(cell);
      for (const by of ["edge", "all"] as const) count(names.ejections(pool.name, name, by));
      for (const result of ["passed", "failed"] as const) count(names.healthChecks(pool.name, name, result));
    }
  }
  for (const { name, series } of compiled.rooms.values()) {
    for (const way of ["slot", "claim", "resume", "adopt", "open"] as const)
      count(series.admissions("", way));
    for (const call of [
      "exchange",
      "claim",
      "resume",
      "adopt",
      "lottery",
      "join",
      "admitted",
      "leave",
    ] as const)
      for (const result of ["ok", "error", "timeout"] as const) count(series.calls(call, result));
    for (const one of Object.values(series.wait)) count(one);
    for (const how of ["left", "vanished"] as const) count(names.roomAbandoned(name, how));
    count(series.queued(""));
    count(series.polls);
  }
  for (const what of ["ticket", "pass", "user", "api-key", "pin", "operator"])
    for (const reason of ["malformed", "signature", "expired", "claims", "no-key", "again"])
      count(names.tokensRejected(what, reason));
  for (const action of [
    "apply",
    "weights",
    "rollback",
    "drain",
    "undrain",
    "maintenance-add",
    "room",
    "login",
  ])
    for (const result of ["done", "conflict", "refused", "invalid", "forbidden"])
      count(names.adminActions(action, result));
  for (const result of ["delivered", "failed", "dropped"] as const) count(names.alerts(result));
  const status = statusOf(snapshot, Date.now());
  const edges = [{ name: "a", version: 7, follows: true, ageMs: 10 }];
  everything = { ...takeCounts(), ...gaugesOf({ ...status, tag: "7.0", edges }) };
});

const samples = (form: MetricsForm) =>
  metricsText(everything, form)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

describe("series", () => {
  it(`are at most ${MOST_SERIES} for ${REGIONS} regions and ${ROUTES} routes, whatever happens`, () => {
    const { length } = samples("prometheus");
    console.log(
      `series of ${REGIONS} regions and ${ROUTES} routes, with everything that can happen: ${length}`,
    );
    expect(length).toBeLessThanOrEqual(MOST_SERIES);
    // Below it, something would be missing here.
    expect(length).toBeGreaterThan(MOST_SERIES / 2);
  });

  it("stand once each, under a family that is described", () => {
    const lines = samples("prometheus").map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(lines).size).toBe(lines.length);
    expect(metricsText(everything, "prometheus")).not.toContain("Of another release");
  });

  it("have no label but names of the configuration and words of ours", () => {
    const labels = new Set(
      samples("prometheus").flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, name]) => name)),
    );
    expect([...labels].sort()).toEqual([
      "action",
      "by",
      "call",
      "code",
      "decision",
      "follows",
      "how",
      "kind",
      "lane",
      "le",
      "limit",
      "origin",
      "pool",
      "reason",
      "result",
      "room",
      "route",
      "state",
      "token",
    ]);
  });

  it("keep a label's value whole, whatever is in it", () => {
    expect(seriesName("m", { route: 'a"b\\c\nd' })).toBe('m{route="a\\"b\\\\c\\nd"}');
  });
});

describe("gauges", () => {
  const status = { ...statusOf(snapshot, Date.now()), tag: "7.0" };

  it("tell the state, the weights and the version", () => {
    const gauges = gaugesOf({ ...status, edges: [] });
    expect(gauges).toMatchObject({
      tidegate_config_version: 7,
      'tidegate_pool_panic{pool="wallet"}': 0,
      'tidegate_origin_state{pool="wallet",origin="region-0",state="healthy"}': 1,
      'tidegate_origin_state{pool="wallet",origin="region-0",state="ejected"}': 0,
      'tidegate_origin_weight_configured{pool="wallet",origin="region-0"}': 10,
      'tidegate_origin_weight_effective{pool="wallet",origin="region-0"}': 10,
    });
  });

  it("tell nothing of a room that does not answer but that it is down", () => {
    const [room] = status.rooms;
    if (room === undefined) throw new Error("there is no room");
    const gauges = gaugesOf({ ...status, edges: [], rooms: [{ ...room, reason: "silent" }] });
    expect(gauges['tidegate_room_up{room="main"}']).toBe(0);
    expect(gauges).not.toHaveProperty('tidegate_room_active{room="main"}');
  });

  it("count edges that were heard in the last minute only", () => {
    const edge = { name: "a", version: 7, follows: true, ageMs: 10 };
    const edges = [edge, { ...edge, follows: false }, { ...edge, ageMs: 61_000, follows: false }];
    expect(gaugesOf({ ...status, edges })).toMatchObject({
      'tidegate_edges{follows="true"}': 1,
      'tidegate_edges{follows="false"}': 1,
    });
  });
});

describe("OpenMetrics", () => {
  it("is told to who asks for it", () => {
    expect(formOf("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3")).toBe(
      "openmetrics",
    );
    expect(formOf("*/*")).toBe("prometheus");
    expect(formOf(undefined)).toBe("prometheus");
  });

  it("names counters without their ending, writes bounds as numbers with a point, and ends with its mark", () => {
    const text = metricsText(everything, "openmetrics");
    expect(text).toContain("# TYPE tidegate_requests counter\n");
    expect(text).not.toContain("# TYPE tidegate_requests_total");
    expect(text).toContain("# UNIT tidegate_request_duration_seconds seconds\n");
    expect(text).toContain('tidegate_request_duration_seconds_bucket{pool="wallet",le="1.0"}');
    expect(text.endsWith("\n# EOF\n")).toBe(true);
  });

  it("tells the same numbers as the other form", () => {
    const numbers = (form: MetricsForm) => samples(form).map((line) => line.slice(line.lastIndexOf(" ")));
    expect(numbers("openmetrics")).toEqual(numbers("prometheus"));
  });
});
