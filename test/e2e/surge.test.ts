// The operator's own stress test, as a command, against a real edge with a small room in front of real regions.
import { beforeAll, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { run } from "../support/processes.ts";
import { startRegions } from "../support/region.ts";

let edge: Edge;

beforeAll(async () => {
  const regions = await startRegions("hk");
  edge = await startEdge({
    config: walletConfig(
      regions.map(({ name, url }) => ({ name, url })),
      {
        routes: [{ path: "/*", pool: "wallet", room: "main" }],
        rooms: [{ name: "main", active_limit: 5, session: "2s" }],
        identity: { opaque: { cookie: "sid", new_per_ip_per_minute: 1000 } },
      },
    ),
  });
});

const surge = (...args: string[]) => run(process.execPath, ["scripts/tidegate.js", "surge", ...args]);

describe("tidegate surge", () => {
  it("reports goodput, the queue, waits and denials as JSON", async () => {
    const args = [
      "--url",
      edge.url,
      "--profile",
      "spike",
      "--peak",
      "20",
      "--for",
      "6s",
      "--stay",
      "1s",
      "--json",
    ];
    const { code, stdout } = await surge(...args);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ failedPercent: 0, queue: { grown: 0 }, denials: { limited: 0 } });
    expect(report.answers.passed).toBeGreaterThan(0);
    expect(report.queue.users).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  it("is aimed at no host but this machine, unless it is named twice", async () => {
    const { code, stderr } = await surge("--url", "https://wallet.example");
    expect(stderr).toContain("--yes-i-own wallet.example");
    expect(code).toBe(2);
  });

  it("fails when nobody answers", async () => {
    const { code } = await surge("--url", "http://127.0.0.1:1", "--for", "1s", "--json");
    expect(code).toBe(1);
  });
});
