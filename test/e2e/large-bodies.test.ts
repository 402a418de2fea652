// Bodies stream both ways: 100 MB arrive unchanged, with their length, and never stand in the edge's memory.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { beforeAll, describe, expect, it } from "vitest";
import { deterministicBytes, sha256OfBytes } from "../../scripts/demo/bytes.ts";
import { descendant, memoryOf, resetPeak } from "../support/proc.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

const MB = 1024 * 1024;
const SIZE = 100 * MB;
const MAX_GROWTH = 60 * MB;

let wallet: Wallet;
let expectedSha256: string;
beforeAll(async () => {
  wallet = await startWallet();
  expectedSha256 = sha256OfBytes(SIZE);
  // One small request first: what the runtime allocates for its first request is not the body's.
  await (await fetch(`${wallet.edge.url}/bytes/${MB}`)).arrayBuffer();
});

/** How far the workerd process's memory rose at its highest while `work` ran. */
async function peakGrowth(work: () => Promise<void>): Promise<number> {
  const pid = descendant(wallet.edge.process().pid, "workerd");
  resetPeak(pid);
  const before = memoryOf(pid).residentBytes;
  await work();
  return memoryOf(pid).peakBytes - before;
}

async function digest(body: AsyncIterable<Uint8Array>): Promise<{ length: number; sha256: string }> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex") };
}

function bodyOf(response: Response): AsyncIterable<Uint8Array> {
  if (!response.body) throw new Error("expected a body");
  return response.body as AsyncIterable<Uint8Array>;
}

describe("a body of 100 MB", () => {
  it("comes down unchanged, with its Content-Length and in little memory", async () => {
    const growth = await peakGrowth(async () => {
      const response = await fetch(`${wallet.edge.url}/bytes/${SIZE}`);
      expect(response.headers.get("content-length")).toBe(String(SIZE));
      expect(response.headers.get("transfer-encoding")).toBeNull();
      expect(await digest(bodyOf(response))).toEqual({ length: SIZE, sha256: expectedSha256 });
    });
    expect(growth).toBeLessThan(MAX_GROWTH);
  });

  it("comes down unchanged without a length as well", async () => {
    const growth = await peakGrowth(async () => {
      const response = await fetch(`${wallet.edge.url}/bytes/${SIZE}?chunked=1`);
      expect(response.headers.get("content-length")).toBeNull();
      expect(await digest(bodyOf(response))).toEqual({ length: SIZE, sha256: expectedSha256 });
    });
    expect(growth).toBeLessThan(MAX_GROWTH);
  });

  it.each(["POST", "PUT"])(
    "goes up by %s unchanged, with its Content-Length and in little memory",
    async (method) => {
      const growth = await peakGrowth(async () => {
        const response = await fetch(`${wallet.edge.url}/upload`, {
          method,
          headers: { "content-length": String(SIZE) },
          body: Readable.toWeb(Readable.from(deterministicBytes(SIZE))) as ReadableStream,
          duplex: "half",
        });
        expect(await response.json()).toMatchObject({
          length: SIZE,
          sha256: expectedSha256,
          declared: String(SIZE),
        });
      });
      expect(growth).toBeLessThan(MAX_GROWTH);
    },
  );

  it("goes up unchanged without a length as well", async () => {
    const growth = await peakGrowth(async () => {
      const response = await fetch(`${wallet.edge.url}/upload`, {
        method: "POST",
        body: Readable.toWeb(Readable.from(deterministicBytes(SIZE))) as ReadableStream,
        duplex: "half",
      });
      expect(await response.json()).toMatchObject({ length: SIZE, sha256: expectedSha256, declared: null });
    });
    expect(growth).toBeLessThan(MAX_GROWTH);
  });

  it("waits in the origin, not in the edge, for a client that reads nothing", async () => {
    const pid = descendant(wallet.edge.process().pid, "workerd");
    resetPeak(pid);
    const before = memoryOf(pid).residentBytes;
    const response = await fetch(`${wallet.edge.url}/bytes/${SIZE}`);
    const reader = response.body?.getReader();
    await reader?.read();
    // The origin stands still when two looks at its socket tell the same.
    const sent = async () => (await wallet.region.counts()).bytesSent;
    await expect
      .poll(async () => {
        const first = await sent();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return (await sent()) - first;
      })
      .toBe(0);
    expect(memoryOf(pid).peakBytes - before).toBeLessThan(MAX_GROWTH);
    expect((await wallet.region.counts()).inFlight).toBe(1);
    await reader?.cancel();
  });
});

describe("many bodies at once", () => {
  it("each come back as their own", async () => {
    const sizes = Array.from({ length: 24 }, (_, index) => 1 + index * 77_777);
    const answers = await Promise.all(
      sizes.map(async (size) => {
        const body = Buffer.concat([...deterministicBytes(size)]);
        const response = await fetch(`${wallet.edge.url}/upload`, { method: "POST", body });
        return response.json();
      }),
    );
    expect(answers).toEqual(
      sizes.map((size) => expect.objectContaining({ length: size, sha256: sha256OfBytes(size) })),
    );
  });
});
