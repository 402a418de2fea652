// Retries: what is sent again, with which body, and how few they stay when every region fails.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import {
  answerKind,
  closedLoop,
  type Entry,
  type JournalOptions,
  openLoop,
  tallyBy,
} from "../support/journal.ts";
import type { Shot } from "../support/load.ts";
import { payment } from "../support/payment.ts";
import { type Region, type Settings, setAll, startRegions } from "../support/region.ts";

const EDGES = 4;
const RATE_PER_SECOND = 200;
/** Issue 3 says 60 s; the first tokens weigh more in a shorter stretch, so the same ratio is the harder test. */
const STORM_MS = 12_000;
const MOST_ATTEMPTS = 1.1;
const BODY_LIMIT = 1_024;

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  const config = { affinity: "none", timeout: "2s" };
  const pools = [
    pool("storm", regions, { ...config, health: { interval: "1s", timeout: "500ms" } }),
    pool("partly", regions, config),
    // Ejection off and a large budget: each test below meets its own fault only.
    ...["matrix", "waiting"].map((name) =>
      pool(name, regions.slice(0, 2), {
        ...config,
        policy: "failover",
        ejection: { enabled: false },
        retry: { budget_tokens: 1_000, body_limit_bytes: BODY_LIMIT },
      }),
    ),
  ];
  edge = await startEdge({
    edges: EDGES,
    config: poolsConfig(pools),
  });
});

const settleAll = () => Promise.all(regions.map((region) => region.settle()));
/** Attempts at the origins; probes are not among them. */
const attempts = async () => {
  const counts = await Promise.all(regions.map((region) => region.counts()));
  return counts.reduce((sum, { requests, byPath }) => sum + requests - (byPath["/healthz"] ?? 0), 0);
};

const readsOf =
  (name: string): JournalOptions["shot"] =>
  () => ({ path: "/api/balance", headers: { Host: `${name}.test` } });

describe("all regions answering 503", () => {
  it("get at most 1.10 attempts a request, and are served from again once they are well", async () => {
    await setAll(regions, { fault: "status-503", scope: "all" });
    const storm = await openLoop({
      urls: edge.urls,
      ratePerSecond: RATE_PER_SECOND,
      durationMs: STORM_MS,
      shot: readsOf("storm"),
    });
    const made = await attempts();
    await setAll(regions, { fault: "none" });
    const wellAtMs = Date.now();
    let after: Entry[] = [];
    await expect
      .poll(
        async () => {
          after = await closedLoop({ urls: edge.urls, requests: 40, concurrency: 4, shot: readsOf("storm") });
          return tallyBy(after, answerKind);
        },
        { timeout: 5_000, interval: 100 },
      )
      .toEqual({ 200: 40 });
    console.log(
      `retry storm: ${made} attempts for ${storm.length} requests in ${STORM_MS / 1000} s, ratio ${(made / storm.length).toFixed(3)} with the first tokens; clients got ${JSON.stringify(tallyBy(storm, answerKind))}; all well ${Date.now() - wellAtMs} ms after the regions`,
    );
    expect(storm.length).toBe((RATE_PER_SECOND * STORM_MS) / 1000);
    expect(made / storm.length).toBeLessThanOrEqual(MOST_ATTEMPTS);
  });

  it("in 30 % of cases: at most 1.10 attempts a request too", async () => {
    await settleAll();
    await setAll(regions, { fault: "status-503", faultRate: 0.3, scope: "traffic" });
    const entries = await openLoop({
      urls: edge.urls,
      ratePerSecond: RATE_PER_SECOND,
      durationMs: 6_000,
      shot: readsOf("partly"),
    });
    const made = await attempts();
    await setAll(regions, { fault: "none", faultRate: 1, scope: "all" });
    console.log(
      `retries at 30 % 503: ${made} attempts for ${entries.length} requests, ratio ${(made / entries.length).toFixed(3)}; clients got ${JSON.stringify(tallyBy(entries, answerKind))}`,
    );
    expect(made / entries.length).toBeLessThanOrEqual(MOST_ATTEMPTS);
  });
});

describe("a request whose first region fails", () => {
  /** The first region fails with a reset; the second is well. */
  const first = async (shot: Shot, fault: Settings["fault"] = "reset", name = "matrix") => {
    await settleAll();
    await regions[0]?.set({ fault });
    const headers = { ...shot.headers, Host: `${name}.test` };
    const [entry] = await closedLoop({
      urls: [edge.url],
      requests: 1,
      concurrency: 1,
      shot: () => ({ ...shot, headers }),
    });
    await regions[0]?.set({ fault: "none" });
    // A read there makes the edge trust it with writes again.
    const [read] = await closedLoop({ urls: [edge.url], requests: 1, concurrency: 1, shot: readsOf(name) });
    expect(read?.origin).toBe("hk");
    const [hk, sg] = await Promise.all(regions.map((region) => region.counts()));
    const of = (path: string) => [hk?.byPath[path] ?? 0, sg?.byPath[path] ?? 0];
    if (entry === undefined) throw new Error("nothing was sent");
    return { entry, of };
  };

  it.each(["GET", "HEAD", "OPTIONS"])("%s is answered by the other", async (method) => {
    const { entry, of } = await first({ method, path: "/echo" });
    expect(answerKind(entry)).toBe("200");
    expect(entry).toMatchObject({ origin: "sg", attempts: 2 });
    expect(of("/echo")).toEqual([1, 1]);
  });

  it.each(["PUT", "DELETE"])("%s with a small body is sent again with the same body", async (method) => {
    const body = `{"pin":"${"5".repeat(BODY_LIMIT - 50)}"}`;
    const { entry, of } = await first({ method, path: "/echo", body });
    expect(entry).toMatchObject({ status: 200, origin: "sg", attempts: 2 });
    const sha256 = createHash("sha256").update(body).digest("hex");
    expect(JSON.parse(entry.body)).toMatchObject({ method, body: { length: body.length, sha256 } });
    expect(of("/echo")).toEqual([1, 1]);
  });

  it.each(["PUT", "DELETE"])("%s with a body over the limit is sent once", async (method) => {
    const { entry, of } = await first({ method, path: "/echo", body: "5".repeat(BODY_LIMIT + 1) });
    expect(answerKind(entry)).toBe("502 origin-unreachable");
    expect(of("/echo")).toEqual([1, 0]);
  });

  it.each([
    ["POST", {}],
    ["PATCH", {}],
    ["GET", { "X-HTTP-Method-Override": "POST" }],
    ["GET", { "X-HTTP-Method": "patch" }],
    ["PUT", { "X-Method-Override": "POST" }],
  ])("%s %j is sent once, and its outcome is unknown", async (method, headers) => {
    const { entry, of } = await first({ method, path: "/echo", headers });
    expect(answerKind(entry)).toBe("504 outcome-unknown");
    expect(of("/echo")).toEqual([1, 0]);
  });

  it("GET that is told to wait gets that answer with its Retry-After, and is not sent again", async () => {
    const { entry, of } = await first({ path: "/echo" }, "status-503-retry-after", "waiting");
    expect(entry).toMatchObject({ status: 503, origin: "hk", attempts: 1, retryAfter: "2" });
    expect(of("/echo")).toEqual([1, 0]);
  });

  it("POST that is told to wait gets that answer with its Retry-After, once", async () => {
    const { entry, of } = await first(payment("told-to-wait"), "status-503-retry-after", "waiting");
    expect(entry).toMatchObject({ status: 503, origin: "hk", retryAfter: "2" });
    expect(of("/api/pay")).toEqual([1, 0]);
  });
});
