// Messages whose end can be read in two ways: the origin never sees another request than the one that was routed.
import { createHash } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { echoOf } from "../support/echo.ts";
import { openRaw, rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

const HIDDEN = "GET /echo/hidden HTTP/1.1\r\nHost: x\r\n\r\n";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet({ pool: { timeout: "2s" } });
});
beforeEach(() => wallet.region.settle());

const post = (lines: string[], body: string) =>
  sendRaw(wallet.edge.url, rawRequest(wallet.edge.url, "POST", "/echo", lines, body));

async function pathsAtOrigin(): Promise<string[]> {
  return Object.keys((await wallet.region.counts()).byPath).filter((path) => path !== "/healthz");
}

describe("a request whose length is not clear", () => {
  it.each([
    ["two different lengths", ["Content-Length: 0", `Content-Length: ${HIDDEN.length}`], HIDDEN],
    ["a list of lengths", ["Content-Length: 5, 5"], "hello"],
    ["a signed length", ["Content-Length: +5"], "hello"],
    ["a negative length", ["Content-Length: -5"], "hello"],
    ["a hexadecimal length", ["Content-Length: 0x5"], "hello"],
    ["a length beyond 64 bits", ["Content-Length: 18446744073709551621"], "hello"],
    [
      "an unknown transfer coding",
      ["Transfer-Encoding: xchunked", `Content-Length: ${HIDDEN.length}`],
      HIDDEN,
    ],
    ["a transfer coding after chunked", ["Transfer-Encoding: chunked, identity"], "0\r\n\r\n"],
    [
      "two transfer codings",
      ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
      `0\r\n\r\n${HIDDEN}`,
    ],
    ["a space before the colon", ["Transfer-Encoding : chunked", "Content-Length: 0"], ""],
    ["a folded header", ["X-A: 1", " Transfer-Encoding: chunked"], ""],
    ["a bare CR in a header", ["X-A: 1\rContent-Length: 5"], "hello"],
    ["a NUL in a header", ["X-A: a\u0000b"], ""],
  ])("%s: refused, and the origin is not asked", async (_, lines, body) => {
    expect((await post(lines, body)).status).toBe(400);
    expect(await pathsAtOrigin()).toEqual([]);
  });

  it("both a length and chunks: the chunks count, and nothing is hidden behind them", async () => {
    const lines = ["Transfer-Encoding: chunked", `Content-Length: ${5 + HIDDEN.length}`];
    const response = await post(lines, `0\r\n\r\n${HIDDEN}`);
    if (response.status === 200) expect(echoOf(response).body.length).toBe(0);
    else expect(response.status).toBe(400);
    expect(await pathsAtOrigin()).not.toContain("/echo/hidden");
  });

  it("chunks that are none never make a whole request at the origin", async () => {
    const response = await sendRaw(
      wallet.edge.url,
      rawRequest(
        wallet.edge.url,
        "POST",
        "/upload",
        ["Transfer-Encoding: chunked"],
        `zz\r\nhello\r\n0\r\n\r\n${HIDDEN}`,
      ),
    ).catch(() => undefined);
    expect(response?.status ?? 400).toBeGreaterThanOrEqual(400);
    expect((await wallet.region.counts()).uploads).toBe(0);
    expect(await pathsAtOrigin()).not.toContain("/echo/hidden");
  });

  it("an upload whose client ends its half too early is never whole at the origin", async () => {
    const client = openRaw(wallet.edge.url, { allowHalfOpen: true });
    client.socket.end(rawRequest(wallet.edge.url, "POST", "/upload", ["Content-Length: 100"], "hello"));
    expect((await client.response()).status).toBeGreaterThanOrEqual(400);
    expect((await wallet.region.counts()).uploads).toBe(0);
  });
});

describe("a request whose host is not clear", () => {
  it.each(["a/b", "a?b", "a#b", "a\\b", "u:p@a", "a b", ""])("Host: %j gets 400", async (host) => {
    const response = await sendRaw(
      wallet.edge.url,
      `GET /echo HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(response.status).toBe(400);
    expect(await pathsAtOrigin()).toEqual([]);
  });

  it("two Host lines or none get 400", async () => {
    for (const lines of ["Host: a\r\nHost: b\r\n", ""]) {
      const response = await sendRaw(
        wallet.edge.url,
        `GET /echo HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`,
      );
      expect(response.status).toBe(400);
    }
    expect(await pathsAtOrigin()).toEqual([]);
  });
});

describe("a read with a body", () => {
  it.each(["GET", "HEAD"])("%s with Content-Length: 0 is served as one without", async (method) => {
    const request = rawRequest(wallet.edge.url, method, "/echo", ["Content-Length: 0"]);
    expect((await sendRaw(wallet.edge.url, request)).status).toBe(200);
  });

  it("GET with a body: passed on whole or refused, never the origin's fault", async () => {
    const response = await sendRaw(
      wallet.edge.url,
      rawRequest(wallet.edge.url, "GET", "/echo", ["Content-Length: 5"], "hello"),
    );
    expect([200, 400]).toContain(response.status);
    if (response.status !== 200) return;
    const sha256 = createHash("sha256").update("hello").digest("hex");
    expect(echoOf(response).body).toEqual({ length: 5, sha256 });
  });

  it.each(["DELETE", "OPTIONS", "PROPFIND"])("%s with a body is passed on whole", async (method) => {
    const request = rawRequest(wallet.edge.url, method, "/echo", ["Content-Length: 5"], "hello");
    expect(echoOf(await sendRaw(wallet.edge.url, request)).body.length).toBe(5);
  });
});

describe("a connection", () => {
  it("answers pipelined requests in their order", async () => {
    const client = openRaw(wallet.edge.url);
    const host = new URL(wallet.edge.url).host;
    client.socket.write(
      `GET /echo/1 HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    await expect
      .poll(() => client.received().toString())
      .toMatch(/"url":"\/echo\/1"[\s\S]*"url":"\/echo\/2"/);
  });

  it("upgrades by GET alone: a POST never opens a WebSocket at the origin", async () => {
    const lines = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Content-Length: 0",
    ];
    const request = `POST /ws HTTP/1.1\r\nHost: ${new URL(wallet.edge.url).host}\r\n${lines.join("\r\n")}\r\n\r\n`;
    expect((await sendRaw(wallet.edge.url, request)).status).toBeGreaterThanOrEqual(400);
    expect((await wallet.region.counts()).byMethod).not.toHaveProperty("GET");
  });
});
