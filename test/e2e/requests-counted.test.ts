// Every request is counted once, whatever became of it: what eight edges tell adds up to what clients sent, also over a
// restart, and Prometheus itself reads it.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { metrics, sumOf } from "../support/limits.ts";
import { load } from "../support/load.ts";
import { run, start } from "../support/processes.ts";
import { startRegions } from "../support/region.ts";

const EDGES = 8;
const REQUESTS = 800;
const TEST_MS = 60_000;
/** Edges tell their counts each second; after a restart Prometheus asks again within its own. */
const TOLD_WITHIN_MS = 20_000;

let edge: Edge;

beforeAll(async () => {
  const regions = await startRegions("hk", "sg");
  const gone = { name: "gone", url: `http://127.0.0.1:${await freePorts(1)}` };
  const origins = regions.map(({ name, url }) => ({ name, url, weight: 50 }));
  const config = walletConfig(origins, {
    routes: [
      { name: "limited", path: "/limited", pool: "wallet", limits: ["few"] },
      { name: "held", path: "/held", pool: "wallet", room: "main" },
      { name: "nobody", path: "/nobody", pool: "lost" },
      { name: "balance", path: "/api/balance", pool: "wallet" },
    ],
    limits: [{ name: "few", key: "all", capacity: 10, refill: 1, interval: "1h" }],
    rooms: [{ name: "main", active_limit: 10, admit_per_minute: 60, mode: "hold" }],
  });
  const pools = [
    ...(config.pools as object[]),
    { name: "lost", origins: [gone], ejection: { enabled: false } },
  ];
  edge = await startEdge({ edges: EDGES, config: { ...config, pools } as typeof config });
});

const PATHS = ["/api/balance", "/limited", "/held", "/no-such-route", "/nobody"];
/** Of each path. */
const EACH = REQUESTS / PATHS.length;
const shot = (index: number) => ({ path: PATHS[Math.floor(index / EDGES) % PATHS.length] ?? "/" });

/** Sums by decision of requests that were for users. */
async function decisions(): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [series, value] of Object.entries(await metrics(edge.url))) {
    if (!series.startsWith("tidegate_requests_total{")) continue;
    const decision = /decision="(\w+)"/.exec(series)?.[1] ?? "";
    if (decision !== "reserved") sums[decision] = (sums[decision] ?? 0) + value;
  }
  return sums;
}

const total = (sums: Readonly<Record<string, number>>) =>
  Object.values(sums).reduce((sum, by) => sum + by, 0);

async function send(): Promise<void> {
  const tally = await load({ urls: edge.urls, requests: REQUESTS, concurrency: 16, shot });
  expect(tally.errors).toEqual({});
}

/** A real Prometheus that asks the last edge twice a second. */
async function startPrometheus(): Promise<(query: string) => Promise<number | undefined>> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-prometheus-"));
  const port = await freePorts(1);
  const target = new URL(edge.urls.at(-1) ?? "").host;
  const file = join(folder, "prometheus.yml");
  await writeFile(
    file,
    `global: { scrape_interval: 500ms }
scrape_configs:
  - { job_name: tidegate, metrics_path: /.tidegate/metrics, static_configs: [{ targets: ["${target}"] }] }
`,
  );
  const data = `--storage.tsdb.path=${join(folder, "data")}`;
  const prometheus = start("prometheus", [
    `--config.file=${file}`,
    data,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  await prometheus.waitFor(/Server is ready to receive web requests/);
  return async (query) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const value = data.result[0]?.value[1];
    return value === undefined ? undefined : Number(value);
  };
}

describe("requests over eight edges and a restart", () => {
  it(
    "are each counted once, by what became of them, and Prometheus reads the same",
    async () => {
      const ask = await startPrometheus();
      await send();
      await expect.poll(async () => total(await decisions()), { timeout: TOLD_WITHIN_MS }).toBe(REQUESTS);
      const counted = await decisions();
      expect(counted).toEqual({
        proxied: EACH + 10,
        limited: EACH - 10,
        queued: EACH,
        blocked: EACH,
        unanswered: EACH,
      });

      const all = await metrics(edge.url);
      // Whoever was asked was asked a first time once.
      expect(sumOf(all, "tidegate_attempts_total", 'kind="first"')).toBe(EACH + 10 + EACH);
      expect(sumOf(all, "tidegate_attempt_failures_total", 'origin="gone",reason="disconnected"')).toBe(EACH);
      expect(sumOf(all, "tidegate_request_duration_seconds_count")).toBe(EACH + 10 + EACH);
      expect(sumOf(all, "tidegate_origin_state", 'origin="hk",state="healthy"')).toBe(1);

      await edge.restart();
      expect(await decisions()).toEqual(counted);
      await send();
      await expect.poll(async () => total(await decisions()), { timeout: TOLD_WITHIN_MS }).toBe(2 * REQUESTS);
      expect(await decisions()).toMatchObject({ queued: 2 * EACH, blocked: 2 * EACH, unanswered: 2 * EACH });

      const sum = 'sum(tidegate_requests_total{decision!="reserved"})';
      await expect.poll(() => ask(sum), { timeout: TOLD_WITHIN_MS }).toBe(2 * REQUESTS);
      expect(await ask('up{job="tidegate"}')).toBe(1);
      // As Prometheus sees it no counter ever went back.
      expect(await ask("sum(resets(tidegate_requests_total[5m]))")).toBe(0);
    },
    TEST_MS,
  );

  it("are told in a form that promtool has nothing against", async () => {
    const text = await (await fetch(`${edge.url}/.tidegate/metrics`)).text();
    const checked = await run("sh", ["-c", `printf '%s' "$TEXT" | promtool check metrics`], {
      env: { TEXT: text },
    });
    expect(checked.stdout + checked.stderr).toBe("");
    expect(checked.code).toBe(0);
  });
});
