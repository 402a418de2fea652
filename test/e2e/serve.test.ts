// `tidegate serve` as a process: it refuses a bad file and a taken port plainly, and ends at once when told to.

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { walletConfig } from "../support/config.ts";
import { startEdge } from "../support/edge.ts";
import { descendant } from "../support/proc.ts";
import { run } from "../support/processes.ts";
import { type Region, startRegion } from "../support/region.ts";
import { toToml } from "../support/toml.ts";

let region: Region;
beforeAll(async () => {
  region = await startRegion("hk");
});

async function serve(config: string, port: number) {
  const directory = await mkdtemp(join(tmpdir(), "tidegate-serve-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "tidegate.toml");
  await writeFile(file, config);
  const args = [
    "scripts/tidegate.js",
    "serve",
    "--config",
    file,
    "--port",
    `${port}`,
    "--data",
    join(directory, "data"),
  ];
  return { file, ...(await run(process.execPath, args)) };
}

describe("tidegate serve", () => {
  it("refuses a bad file with file:line:column and starts nothing", async () => {
    const port = await freePorts(1);
    const config = `${toToml(walletConfig([region]))}\nsurprise = true\n`;
    const line = config.split("\n").findIndex((text) => text.startsWith("surprise")) + 1;
    const { code, stderr, stdout, file } = await serve(config, port);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`${file}:${line}:1`);
    expect(stdout + stderr).toMatch(/TG\d{4}/);
    expect(stdout).not.toContain("listening");
  });

  it("ends with the reason when its port is taken", async () => {
    const port = await freePorts(1);
    const squatter = createServer().listen(port, "127.0.0.1");
    await once(squatter, "listening");
    onTestFinished(() => void squatter.close());
    const { code, stdout, stderr } = await serve(toToml(walletConfig([region])), port);
    expect(code).not.toBe(0);
    expect(stdout).not.toContain("listening on");
    expect(stdout + stderr).toContain(String(port));
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends on %s with its workerd, in less than 3 s", async (signal) => {
    const edge = await startEdge({ config: walletConfig([region]) });
    const workerd = descendant(edge.process().pid, "workerd");
    const startMs = performance.now();
    const exit = await edge.process().stop(signal);
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(() => process.kill(workerd, 0)).toThrow("ESRCH");
  });
});
