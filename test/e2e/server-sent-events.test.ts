// Server-sent events come one by one, when they are sent, and end at the origin when the client leaves.
import { beforeAll, describe, expect, it } from "vitest";
import { header, openRaw, rawRequest } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet({ pool: { timeout: "1s" } });
});

describe("server-sent events", () => {
  it("arrive one by one, each while the next is not yet sent", async () => {
    const everyMs = 150;
    const client = openRaw(wallet.edge.url);
    client.socket.write(rawRequest(wallet.edge.url, "GET", `/events?every=${everyMs}&count=6`));
    const response = await client.response();
    expect(response.isComplete).toBe(true);
    expect(header(response, "content-type")).toBe("text/event-stream");

    const sentAt = [...response.body.toString().matchAll(/"sent":(\d+),"at":(\d+)/g)].map((match) =>
      Number(match[2]),
    );
    expect(sentAt).toHaveLength(6);
    sentAt.forEach((at, index) => {
      const chunk = client.chunks.find(({ text }) => text.includes(`"sent":${index + 1},`));
      expect((chunk?.atMs ?? Number.POSITIVE_INFINITY) - at, `event ${index + 1}`).toBeLessThan(everyMs);
    });
  });

  it("go on beyond the pool's time-out, and end at the origin within 1 s of the client's leaving", async () => {
    await wallet.region.resetCounts();
    const client = openRaw(wallet.edge.url);
    client.socket.write(rawRequest(wallet.edge.url, "GET", "/events?every=100"));
    await expect.poll(() => client.received().toString(), { timeout: 5_000 }).toContain('"sent":15');
    const leftMs = Date.now();
    client.socket.destroy();
    await expect.poll(async () => (await wallet.region.counts()).aborted, { timeout: 5_000 }).toHaveLength(1);
    expect(((await wallet.region.counts()).aborted[0]?.atMs ?? 0) - leftMs).toBeLessThan(1_000);
  });
});
