// A demo wallet region as a real process: started, steered and read through its control port.
import { expect } from "vitest";
import type { Counts } from "../../scripts/demo/counts.ts";
import type { Settings } from "../../scripts/demo/settings.ts";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { type Running, start } from "./processes.ts";

export type { Counts, Settings };

const SETTLE_DEADLINE_MS = 10_000;

export interface Region {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly process: Running;
  /** Changes settings; resolves when they are in force. */
  set(change: Partial<Settings>): Promise<void>;
  counts(): Promise<Counts>;
  resetCounts(): Promise<void>;
  /** Starts the counts again once nothing is in flight: what a test left behind is not counted in the next. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export interface RegionOptions {
  /** Left out, a free one is found. */
  port?: number;
  delay?: string;
  capacity?: number;
}

export async function startRegion(
  name: string,
  { port, delay, capacity }: RegionOptions = {},
): Promise<Region> {
  const args = ["scripts/demo/region.ts", "--name", name, "--port", String(port ?? (await freePorts(1)))];
  if (delay !== undefined) args.push("--delay", delay);
  if (capacity !== undefined) args.push("--capacity", String(capacity));
  const running = start(process.execPath, args);
  const url = (await running.waitFor(/region \S+ on (http:\S+)/))[1] ?? "";
  const controlUrl = `${(await running.waitFor(/control on (http:\S+)/))[1]}/_region`;

  const ask = async (method: string, body?: unknown): Promise<{ counts: Counts }> => {
    const answer = await fetch(controlUrl, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`region ${name}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { counts: Counts };
  };
  return {
    name,
    url,
    port: Number(new URL(url).port),
    process: running,
    set: async (change) => void (await ask("POST", change)),
    counts: async () => (await ask("GET")).counts,
    resetCounts: async () => void (await ask("DELETE")),
    async settle() {
      await expect
        .poll(async () => (await ask("GET")).counts.inFlight, { timeout: SETTLE_DEADLINE_MS })
        .toBe(0);
      await ask("DELETE");
    },
    stop: async () => void (await running.stop()),
  };
}

/** Changes the same of each; resolves when it is in force. */
export async function setAll(regions: readonly Region[], change: Partial<Settings>): Promise<void> {
  await Promise.all(regions.map((region) => region.set(change)));
}

export function startRegions<Name extends string>(...names: Name[]): Promise<Region[]> {
  return Promise.all(names.map((name) => startRegion(name)));
}
