// WebSockets go through: text, binary, large, many, their subprotocol and their close codes.
import { once } from "node:events";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startWallet, type Wallet } from "../support/wallet.ts";

const TIMEOUT_MS = 500;

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet({ pool: { timeout: `${TIMEOUT_MS}ms` } });
});

/** An open socket after the region's greeting. */
async function open(path = "/ws", protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(`${wallet.edge.url.replace("http:", "ws:")}${path}`, protocols);
  onTestFinished(() => socket.terminate());
  const [greeting] = await once(socket, "message");
  expect(JSON.parse(String(greeting))).toEqual({ region: "hk" });
  return socket;
}

async function echoed(
  socket: WebSocket,
  data: string | Buffer,
): Promise<{ data: Buffer; isBinary: boolean }> {
  socket.send(data);
  const [answer, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  return { data: answer, isBinary };
}

describe("a WebSocket", () => {
  it("carries text and binary both ways", async () => {
    const socket = await open();
    expect(await echoed(socket, "余额?")).toEqual({ data: Buffer.from("余额?"), isBinary: false });
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    expect(await echoed(socket, bytes)).toEqual({ data: bytes, isBinary: true });
  });

  it("carries a message of 500 kB", async () => {
    const large = Buffer.alloc(500_000, 7);
    expect((await echoed(await open(), large)).data.equals(large)).toBe(true);
  });

  it("keeps the order of many messages", async () => {
    const socket = await open();
    const received: string[] = [];
    socket.on("message", (data) => received.push(String(data)));
    const sent = Array.from({ length: 200 }, (_, index) => `message ${index}`);
    for (const text of sent) socket.send(text);
    await expect.poll(() => received.length).toBe(sent.length);
    expect(received).toEqual(sent);
  });

  it("keeps the subprotocol that the origin chose", async () => {
    expect((await open("/ws", ["other", "tidegate.echo"])).protocol).toBe("tidegate.echo");
  });

  it("passes the origin's close on with its code and reason", async () => {
    const socket = await open();
    socket.send("close:4001");
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, "as you wish"]);
  });

  it("passes the client's close on with its code", async () => {
    await wallet.region.resetCounts();
    (await open()).close(4002, "enough");
    await expect.poll(async () => (await wallet.region.counts()).webSocketCloses).toMatchObject({ 4002: 1 });
  });

  it("lives on beyond the pool's time-out", async () => {
    const socket = await open();
    const startMs = performance.now();
    while (performance.now() - startMs < 2 * TIMEOUT_MS) {
      expect(String((await echoed(socket, "still here")).data)).toBe("still here");
    }
  });

  it("closes the origin's side when the client leaves", async () => {
    const socket = await open();
    await expect.poll(async () => (await wallet.region.counts()).webSockets).toBeGreaterThan(0);
    socket.terminate();
    await expect.poll(async () => (await wallet.region.counts()).webSockets, { timeout: 5_000 }).toBe(0);
  });

  it("passes a refused upgrade on as the answer it is", async () => {
    const socket = new WebSocket(`${wallet.edge.url.replace("http:", "ws:")}/no-socket-here`);
    socket.on("error", () => {}); // ws reports the unexpected answer twice.
    const [, response] = await once(socket, "unexpected-response");
    expect((response as { statusCode: number }).statusCode).toBe(404);
  });
});
