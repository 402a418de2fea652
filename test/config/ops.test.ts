// What is handed to operators' tools: promtool takes the rules, each alert comes when it should, and no name is made up.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METRICS } from "../../src/config/metric-names.ts";
import { ROOT } from "../support/root.ts";

const PROMTOOL_MS = 30_000;
const RULES = join(ROOT, "ops/prometheus/alerts.yml");

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

let folder = "";
let dashboard: Dashboard;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidegate-ops-"));
  dashboard = JSON.parse(await readFile(join(ROOT, "ops/grafana/tidegate.json"), "utf8")) as Dashboard;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const promtool = (...args: string[]) =>
  promisify(execFile)("promtool", args, { cwd: ROOT }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );

/** Every metric that expressions name, without the endings of histograms and summaries. */
function familiesIn(text: string): string[] {
  const found = text.match(/\btidegate_\w+/g) ?? [];
  return [...new Set(found)].map((name) =>
    METRICS[name] === undefined ? name.replace(/_(?:bucket|sum|count)$/, "") : name,
  );
}

const queries = () => dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

describe("the alert rules", () => {
  it(
    "are taken by promtool, and each comes when it should and only then",
    async () => {
      expect(await promtool("check", "rules", RULES)).toMatchObject({ code: 0 });
      const tested = await promtool("test", "rules", "ops/prometheus/alerts.test.yml");
      expect(tested.output).toContain("SUCCESS");
      expect(tested.code).toBe(0);
    },
    PROMTOOL_MS,
  );

  it(
    "are tested by what can fail: without its rule, an alert's test does",
    async () => {
      const rules = await readFile(RULES, "utf8");
      const tests = await readFile(join(ROOT, "ops/prometheus/alerts.test.yml"), "utf8");
      await writeFile(
        join(folder, "alerts.yml"),
        rules.replace("tidegate_pool_panic == 1", "tidegate_pool_panic == 2"),
      );
      await writeFile(join(folder, "alerts.test.yml"), tests);
      expect(await promtool("test", "rules", join(folder, "alerts.test.yml"))).toMatchObject({ code: 1 });
    },
    PROMTOOL_MS,
  );

  it("each have a test, and a page that says what to do", async () => {
    const rules = await readFile(RULES, "utf8");
    const tests = await readFile(join(ROOT, "ops/prometheus/alerts.test.yml"), "utf8");
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThan(10);
    for (const name of alerts) expect(tests).toContain(name);
    const pages = new Set([...rules.matchAll(/runbook: (\S+)/g)].map(([, page]) => page ?? ""));
    for (const page of pages) expect((await readFile(join(ROOT, page), "utf8")).length).toBeGreaterThan(500);
  });

  it("name no metric that there is not", async () => {
    for (const family of familiesIn(await readFile(RULES, "utf8"))) expect(METRICS).toHaveProperty(family);
  });
});

describe("the Grafana dashboard", () => {
  it("names no metric that there is not, and shows every family but a few", () => {
    const named = new Set(familiesIn(JSON.stringify(dashboard)));
    for (const family of named) expect(METRICS).toHaveProperty(family);
    expect(Object.keys(METRICS).filter((family) => !named.has(family))).toEqual([
      "tidegate_health_check_age_seconds",
      "tidegate_health_check_interval_seconds",
      "tidegate_flood_guard_decisions_total",
      "tidegate_room_leased",
      "tidegate_room_up",
      "tidegate_room_queued_total",
      "tidegate_room_polls_total",
      "tidegate_room_calls_total",
      "tidegate_alerts_total",
    ]);
  });

  it(
    "asks what Prometheus understands",
    async () => {
      const asked = [...queries(), ...dashboard.annotations.list.map(({ expr }) => expr)];
      expect(asked.length).toBeGreaterThan(30);
      const rules = asked.map((expr, index) => {
        const plain = expr.replaceAll("$__rate_interval", "5m").replaceAll(/\$\w+/g, ".*");
        return `      - record: q:${index}\n        expr: ${JSON.stringify(plain)}`;
      });
      const file = join(folder, "queries.yml");
      await writeFile(file, `groups:\n  - name: dashboard\n    rules:\n${rules.join("\n")}\n`);
      expect(await promtool("check", "rules", file)).toMatchObject({ code: 0 });
    },
    PROMTOOL_MS,
  );

  it("has a title on every panel, and a question on each that is no row", () => {
    for (const { title, type, targets = [] } of dashboard.panels) {
      expect(title).not.toBe("");
      if (type !== "row") expect(targets.length, title).toBeGreaterThan(0);
    }
  });
});
