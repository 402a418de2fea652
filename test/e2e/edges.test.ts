// --edges K: K isolates on consecutive ports that serve the same configuration and share all state.
import { beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../support/edge.ts";
import { run } from "../support/processes.ts";
import { startTwoRegions } from "../support/wallet.ts";

const EDGES = 4;

let edge: Edge;
beforeAll(async () => {
  ({ edge } = await startTwoRegions({ hk: 100, sg: 0 }, { edges: EDGES }));
});

const regions = () =>
  Promise.all(edge.urls.map(async (url) => (await fetch(`${url}/api/balance`)).headers.get("x-region")));

describe("several edges", () => {
  it("each serves at once when its line is printed", async () => {
    expect(edge.urls).toHaveLength(EDGES);
    expect(await regions()).toEqual(Array(EDGES).fill("hk"));
  });

  it("all follow a change that was made at one of them, within a second", async () => {
    const changed = await edge.cli("weights", "wallet", "hk=0", "sg=100", "--yes");
    expect(changed.code, changed.stderr).toBe(0);
    await expect.poll(regions, { timeout: 1_000, interval: 50 }).toEqual(Array(EDGES).fill("sg"));
  });

  it("all tell the same status", async () => {
    const answers = await Promise.all(
      edge.urls.map((url) =>
        run(process.execPath, ["scripts/tidegate.js", "status", "--json", "--url", url], {
          env: { TIDEGATE_ADMIN_TOKEN: edge.token },
        }),
      ),
    );
    const versions = answers.map(({ stdout }) => (JSON.parse(stdout) as { version: number }).version);
    expect(new Set(versions).size).toBe(1);
  });

  it("end together on SIGTERM, and leave their ports free", async () => {
    const exit = await edge.process().stop("SIGTERM");
    expect(exit.signal).toBeNull();
    for (const url of edge.urls) await expect(fetch(url)).rejects.toThrow();
    await edge.restart();
    expect(await regions()).toEqual(Array(EDGES).fill("sg"));
  });
});
