// Which request headers reach the origin: end-to-end ones as they were, hop-by-hop and reserved ones never.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { echo, echoOf } from "../support/echo.ts";
import { header, headers, rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});

const END = Buffer.from("\r\n\r\n");
const send = (...lines: string[]) => echo(wallet.edge.url, lines);

describe("request headers", () => {
  it("of the client reach the origin as they were", async () => {
    const seen = await send(
      "Authorization: Bearer abc.def",
      "Cookie: sid=u1; lang=zh-CN",
      "Accept: application/json;q=0.9, */*",
      "Range: bytes=0-99",
      'If-None-Match: "1", W/"2"',
      "X-Empty:",
      "X-Twice: one",
      "X-Twice: two",
      "User-Agent: wallet/7.1 (余额)",
    );
    expect(header(seen, "authorization")).toBe("Bearer abc.def");
    expect(header(seen, "cookie")).toBe("sid=u1; lang=zh-CN");
    expect(header(seen, "accept")).toBe("application/json;q=0.9, */*");
    expect(header(seen, "range")).toBe("bytes=0-99");
    expect(header(seen, "if-none-match")).toBe('"1", W/"2"');
    expect(header(seen, "x-empty")).toBe("");
    expect(header(seen, "x-twice")).toBe("one, two");
    expect(header(seen, "user-agent")).toMatch(/^wallet\/7\.1/);
  });

  it("keep their bytes, whether these are text or not, while the edge changes others", async () => {
    const lines = ["X-Name: \u5f20\u4e09", "X-Price: \u20ac 5", "Cookie: a=\u4f59"].map((line) =>
      Buffer.from(line),
    );
    const noText = Buffer.from("X-Latin: caf\xe9 \xff", "latin1");
    for (const sent of [lines, [...lines, noText]]) {
      const head = rawRequest(wallet.edge.url, "GET", "/echo", [
        "TE: gzip",
        "X-Forwarded-For: 1.2.3.4",
      ]).trimEnd();
      const bytes = sent.flatMap((line) => [Buffer.from("\r\n"), line]);
      const seen = echoOf(await sendRaw(wallet.edge.url, Buffer.concat([Buffer.from(head), ...bytes, END])));
      // The origin reads each byte as one character.
      const text = (name: string) => Buffer.from(header(seen, name) ?? "", "latin1");
      expect(text("x-name").toString()).toBe("\u5f20\u4e09");
      expect(text("x-price").toString()).toBe("\u20ac 5");
      expect(text("cookie").toString()).toBe("a=\u4f59");
      if (sent.length > lines.length) expect(text("x-latin").toString("latin1")).toBe("caf\xe9 \xff");
      expect(header(seen, "te")).toBeUndefined();
      expect(header(seen, "x-forwarded-for")).toBeUndefined();
    }
  });

  it("named as a member that every object has is a field like any other", async () => {
    const seen = await send("__proto__: x", "constructor: y", "toString: z");
    expect(header(seen, "__proto__")).toBe("x");
    expect(header(seen, "constructor")).toBe("y");
    expect(header(seen, "tostring")).toBe("z");
  });

  it("Host is the origin's", async () => {
    const seen = await send();
    expect(headers(seen, "host")).toEqual([new URL(wallet.region.url).host]);
  });

  it("Via tells that the edge was here, after those before it", async () => {
    expect(header(await send(), "via")).toMatch(/^1\.1 [\w.-]*tidegate/);
    expect(header(await send("Via: 1.0 before"), "via")).toMatch(/^1\.0 before, 1\.1 [\w.-]*tidegate/);
  });

  it.each([
    "Keep-Alive: timeout=5",
    "Proxy-Authorization: Basic c2VjcmV0",
    "Proxy-Authenticate: Basic",
    "Proxy-Connection: keep-alive",
    "Proxy-Anything: x",
    "TE: gzip",
    "Trailer: X-Sum",
    "Upgrade: h2c",
  ])("hop-by-hop: %s stays here", async (line) => {
    expect(header(await send(line), line.slice(0, line.indexOf(":")))).toBeUndefined();
  });

  it("that Connection names stay here, over several lines and in any case", async () => {
    const seen = await send(
      "connection: x-one, X-TWO",
      "Connection: x-three",
      "X-One: 1",
      "X-Two: 2",
      "X-Three: 3",
    );
    for (const name of ["X-One", "X-Two", "X-Three"]) expect(header(seen, name), name).toBeUndefined();
    expect(header(seen, "connection") ?? "").not.toMatch(/x-/i);
  });

  it("that the edge sets cannot be taken off by naming them in Connection", async () => {
    const own = [
      "Forwarded",
      "X-Forwarded-For",
      "X-Forwarded-Proto",
      "X-Forwarded-Host",
      "Traceparent",
      "CDN-Loop",
    ];
    const seen = await send(
      `Connection: ${own.join(", ")}, Host, CF-Connecting-IP`,
      "CF-Connecting-IP: 203.0.113.9",
    );
    for (const name of [...own, "Host"]) expect(header(seen, name), name).toBeTruthy();
    expect(header(seen, "x-forwarded-for")).toBe("203.0.113.9");
  });

  it("a body stays whole when Connection names Content-Length", async () => {
    const lines = ["Connection: Content-Length, Transfer-Encoding", "Content-Length: 5"];
    const response = await sendRaw(
      wallet.edge.url,
      rawRequest(wallet.edge.url, "POST", "/echo", lines, "hello"),
    );
    if (response.status === 400) return; // To refuse it is right as well.
    const sha256 = createHash("sha256").update("hello").digest("hex");
    expect(echoOf(response).body).toEqual({ length: 5, sha256 });
  });

  it.each([
    "Tidegate-Pass: x",
    "tidegate-origin: sg",
    "TIDEGATE-Anything: x",
    "X-Tidegate-User: admin",
    "x-tidegate-: x",
  ])("reserved: %s from outside is dropped", async (line) => {
    expect(header(await send(line), line.slice(0, line.indexOf(":")))).toBeUndefined();
  });

  it("adds nothing that tells of the edge's inside", async () => {
    const names = (await send()).headers.map(([name]) => name.toLowerCase());
    expect(names.filter((name) => /^(x-)?tidegate-|^mf-|^cf-worker$/.test(name))).toEqual([]);
  });
});
