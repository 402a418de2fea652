// The same through a client that is not ours: curl.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { run } from "../support/processes.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});

async function curl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("curl", ["-sS", "--max-time", "20", ...args]);
  expect(code, stderr).toBe(0);
  return stdout;
}

describe("curl", () => {
  it("reads the balance", async () => {
    expect(JSON.parse(await curl(`${wallet.edge.url}/api/balance`))).toMatchObject({ region: "hk" });
  });

  it("-I ends without waiting for a body", async () => {
    expect(await curl("-I", `${wallet.edge.url}/bytes/5000`)).toMatch(/^content-length: 5000\r$/im);
  });

  it("-L follows the redirect through the edge", async () => {
    const url = await curl("-L", "-o", "/dev/null", "-w", "%{url_effective}", `${wallet.edge.url}/redirect`);
    expect(url).toBe(`${wallet.edge.url}/api/balance?from=redirect`);
  });

  it.each(["gzip", "br"])("--compressed unpacks %s", async (encoding) => {
    expect(await curl("--compressed", `${wallet.edge.url}/${encoding}`)).toMatch(
      /^余额 balance 1288\.00 HKD\n/,
    );
  });

  it("-T uploads a file after Expect: 100-continue", async () => {
    const directory = await mkdtemp(join(tmpdir(), "tidegate-curl-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, "upload");
    await writeFile(file, Buffer.alloc(3_000_000, "x"));
    const answer = await curl("-T", file, "-H", "Expect: 100-continue", `${wallet.edge.url}/upload`);
    expect(JSON.parse(answer)).toMatchObject({ length: 3_000_000, declared: "3000000" });
  });

  it("--http1.0 is served too", async () => {
    expect(JSON.parse(await curl("--http1.0", `${wallet.edge.url}/api/balance`))).toMatchObject({
      region: "hk",
    });
  });

  it("keeps one connection for several requests", async () => {
    const url = `${wallet.edge.url}/api/balance`;
    expect(await curl("-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ", url, url)).toBe("1 0 ");
  });
});
