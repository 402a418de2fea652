// Attacks on the edge as a whole, numbered as in docs/security.md: each is sent over raw sockets, and what must not happen
// is looked for where it would: at an origin, at a server that nobody may reach, in the log, in the answer.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { echoOf } from "../support/echo.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { header, openRaw, type RawResponse, rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

/** What an edge may do with an attack: refuse it, or serve it harmlessly. Never 500, never silence. */
const HARMLESS = [200, 204, 400, 404, 405, 413, 414, 431];
/** Of a POST whose body broke off on its way to the origin, nobody knows what became. */
const UNKNOWN = 504;
const QUICK_MS = 2_000;

let region: Region;
let edge: Edge;
/** Inside the network, where only the edge could reach it. */
let inside: Server;
let insidePort: number;
let insideRequests = 0;

beforeAll(async () => {
  inside = createServer((_, response) => {
    insideRequests++;
    response.end("inside\n");
  });
  await new Promise<void>((resolve) => inside.listen(0, "127.0.0.1", resolve));
  insidePort = (inside.address() as AddressInfo).port;
  region = await startRegion("hk");
  edge = await startEdge({ config: walletConfig([region], { pool: { timeout: "2s" } }) });
});
afterAll(() => inside.close());
beforeEach(async () => {
  await region.settle();
  insideRequests = 0;
});

const send = (text: string | Buffer) => sendRaw(edge.url, text);
const ask = (method: string, target: string, lines: readonly string[] = [], body = "") =>
  send(rawRequest(edge.url, method, target, lines, body));
const withHost = (host: string, target = "/echo", lines: readonly string[] = []) =>
  send(`GET ${target} HTTP/1.1\r\n${[`Host: ${host}`, "Connection: close", ...lines].join("\r\n")}\r\n\r\n`);
/** Refused with an answer, or by the end of the connection. */
const outcome = (sent: Promise<RawResponse>) => sent.then(({ status }) => status).catch(() => 400);
const isServed = async () => expect((await ask("GET", "/api/balance")).status).toBe(200);

describe("S1 making the edge ask somebody else (SSRF)", () => {
  const INSIDE = () => `127.0.0.1:${insidePort}`;
  it.each<[string, () => Promise<RawResponse>]>([
    ["S1.1 an absolute target", () => withHost("a.test", `http://${INSIDE()}/echo`)],
    ["S1.2 a Host", () => withHost(INSIDE())],
    ["S1.3 X-Forwarded-Host", () => withHost("a.test", "/echo", [`X-Forwarded-Host: ${INSIDE()}`])],
    ["S1.4 Forwarded", () => withHost("a.test", "/echo", [`Forwarded: host="${INSIDE()}"`])],
    ["S1.5 X-Original-URL", () => withHost("a.test", "/echo", [`X-Original-URL: http://${INSIDE()}/`])],
    ["S1.6 two slashes", () => withHost("a.test", `//${INSIDE()}/echo`)],
    ["S1.7 a slash and a backslash", () => withHost("a.test", `/\\${INSIDE()}/echo`)],
    ["S1.8 an at sign", () => withHost("a.test", `/@${INSIDE()}/echo`)],
    ["S1.9 a host with a user", () => withHost(`a.test@${INSIDE()}`)],
    ["S1.10 an encoded host end", () => withHost("a.test", `/%2e%2e//${INSIDE()}/`)],
    ["S1.11 another scheme", () => withHost("a.test", `ftp://${INSIDE()}/echo`)],
    [
      "S1.12 CONNECT",
      () => send(`CONNECT ${INSIDE()} HTTP/1.1\r\nHost: ${INSIDE()}\r\nConnection: close\r\n\r\n`),
    ],
  ])("%s reaches nobody but the route's origin", async (_, attack) => {
    await attack().catch(() => undefined);
    expect(insideRequests).toBe(0);
    await isServed();
  });

  it("S1.13 a redirect of the origin is passed on and not followed", async () => {
    const answer = await ask("GET", "/redirect?absolute=1");
    expect(answer.status).toBe(302);
    expect((await region.counts()).requests).toBe(1);
  });
});

describe("S2 exhausting the edge", () => {
  it.each<[string, () => string | Buffer]>([
    [
      "S2.1 one field of 64 KiB",
      () => rawRequest(edge.url, "GET", "/echo", [`X-Bomb: ${"x".repeat(65_536)}`]),
    ],
    [
      "S2.2 two megabytes of fields",
      () => rawRequest(edge.url, "GET", "/echo", [`X-Bomb: ${"x".repeat(2_000_000)}`]),
    ],
    [
      "S2.3 two thousand fields",
      () =>
        rawRequest(
          edge.url,
          "GET",
          "/echo",
          Array.from({ length: 2_000 }, (_, at) => `X-${at}: 1`),
        ),
    ],
    [
      "S2.4 a thousand cookies",
      () => rawRequest(edge.url, "GET", "/echo", [`Cookie: ${"a=b; ".repeat(1_000)}`]),
    ],
    ["S2.5 a target of 100 KB", () => rawRequest(edge.url, "GET", `/${"a".repeat(100_000)}`)],
    [
      "S2.6 a Connection field that names a thousand others",
      () =>
        rawRequest(edge.url, "GET", "/echo", [
          `Connection: ${Array.from({ length: 1_000 }, (_, at) => `x-${at}`).join(", ")}`,
        ]),
    ],
    [
      "S2.7 an Accept of quotes and commas",
      () => rawRequest(edge.url, "GET", "/.tidegate/nothing", [`Accept: ${'a;b="\\",'.repeat(2_000)}`]),
    ],
    [
      "S2.8 a chunk with an extension of 100 KB",
      () =>
        rawRequest(
          edge.url,
          "POST",
          "/echo",
          ["Transfer-Encoding: chunked"],
          `5;${"x".repeat(100_000)}\r\nhello\r\n0\r\n\r\n`,
        ),
    ],
  ])("%s is served or refused at once, and the next request is served", async (_, attack) => {
    const startMs = performance.now();
    expect([...HARMLESS, UNKNOWN]).toContain(await outcome(send(attack())));
    expect(performance.now() - startMs).toBeLessThan(QUICK_MS);
    await isServed();
  });

  it("S2.9 a body that would unpack to ten megabytes goes on as it came", async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
    const head = rawRequest(edge.url, "POST", "/echo", [
      "Content-Encoding: gzip",
      `Content-Length: ${bomb.length}`,
    ]);
    const answer = await send(Buffer.concat([Buffer.from(head), bomb]));
    expect(echoOf(answer).body.length).toBe(bomb.length);
  });

  it("S2.10 two hundred clients that never end their request hold up nobody", async () => {
    const slow = Array.from({ length: 200 }, () => openRaw(edge.url));
    for (const { socket } of slow) socket.write("GET /echo HTTP/1.1\r\nHost: a.test\r\nX-Slow: ");
    const startMs = performance.now();
    await isServed();
    expect(performance.now() - startMs).toBeLessThan(QUICK_MS);
    for (const { socket } of slow) socket.destroy();
    await isServed();
  });
});

describe("S3 writing into the log", () => {
  it("S3.1 nothing of a request begins a line or moves a cursor, also when it fails", async () => {
    await region.set({ fault: "reset" });
    const forged = "forged-entry";
    for (const value of [
      `a\u001b[2J${forged}`,
      `a\u009b31m${forged}`,
      `%0d%0a${forged}`,
      `\u2028${forged}`,
    ]) {
      await outcome(
        ask("GET", `/echo?x=${encodeURIComponent(value)}`, [`User-Agent: ${value}`, `Cookie: sid=${value}`]),
      );
    }
    await outcome(
      send(`GET /echo HTTP/1.1\r\nHost: a.test\r\nX-A: 1\r${forged}: 1\r\nConnection: close\r\n\r\n`),
    );
    await region.set({ fault: "none" });
    const output = edge.process().output();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(output).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]/);
    expect(output.split("\n").some((line) => line.startsWith(forged))).toBe(false);
    await expect.poll(async () => (await ask("GET", "/api/balance")).status).toBe(200);
  });
});

describe("S4 speaking through the edge's own answers", () => {
  it.each([
    ["S4.1 a path", "/.tidegate/%3Cscript%3Ealert(1)%3C/script%3E", []],
    ["S4.2 a query", "/.tidegate/problems/queued?x=<script>alert(1)</script>", []],
    [
      "S4.3 a language cookie",
      "/.tidegate/status",
      ["Cookie: __Host-tidegate-lang=<script>alert(1)</script>"],
    ],
    ["S4.4 a request id", "/.tidegate/nothing", ["X-Request-Id: <script>alert(1)</script>"]],
    ["S4.5 a trace", "/.tidegate/nothing", ["traceparent: 00-<script>alert(1)</script>-b7ad6b7169203331-01"]],
  ] as const)("%s is no markup", async (_, target, lines) => {
    const answer = await ask("GET", target, ["Accept: text/html", ...lines]);
    expect(answer.body.toString()).not.toContain("<script>alert(1)");
    for (const [, value] of answer.headers) expect(value).not.toContain("<script>");
  });

  it("S4.6 a line break in a target makes no header", async () => {
    const answer = await ask("GET", "/redirect?x=%0d%0aSet-Cookie:%20a=1");
    expect(header(answer, "set-cookie")).toBeUndefined();
  });
});

describe("S5 getting in as an operator", () => {
  const API = "/.tidegate/admin/api";
  const json = (body: string, lines: readonly string[] = []) =>
    ask(
      "POST",
      `${API}/changes`,
      [
        `Authorization: Bearer ${edge.token}`,
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...lines,
      ],
      body,
    );

  it.each([
    `${API}/status`,
    "/.tidegate/%61dmin/api/status",
    "/.tidegate//admin/api/status",
    "/x/../.tidegate/admin/api/status",
    "//.tidegate/admin/api/status",
    `${API}/status?token=${"t".repeat(20)}`,
    `${API}/state`,
    `${API}/audit`,
  ])("S5.1 %s needs a token, and no origin is asked", async (target) => {
    expect((await ask("GET", target)).status).toBe(401);
    expect((await region.counts()).requests).toBe(0);
  });

  const GOOD = { edit: { kind: "weights", pool: "wallet", weights: { hk: 2 } }, reason: "a test" };

  it.each([
    [
      "S5.2 a role that the sender gives itself",
      JSON.stringify({ ...GOOD, role: "admin", actor: { role: "admin" } }),
      400,
    ],
    ["S5.3 a prototype", JSON.stringify(GOOD).replace("{", '{"__proto__":{"role":"admin"},'), 400],
    ["S5.4 forty thousand brackets", `${"[".repeat(20_000)}${"]".repeat(20_000)}`, 400],
    ["S5.5 three megabytes", `{"a":"${"x".repeat(3_000_000)}"}`, 413],
    ["S5.6 no JSON", "a=1", 400],
    ["S5.8 the same without any of it", JSON.stringify(GOOD), 200],
  ])("%s, with the token: what it says and nothing else", async (_, body, status) => {
    const statusNow = () => ask("GET", `${API}/status`, [`Authorization: Bearer ${edge.token}`]);
    const versionOf = (answer: RawResponse): number => JSON.parse(answer.body.toString()).version;
    const before = await statusNow();
    const sent = await json(body, [`If-Match: "${versionOf(before)}"`]);
    expect(sent.status, sent.body.toString()).toBe(status);
    expect(versionOf(await statusNow()) - versionOf(before)).toBe(status === 200 ? 1 : 0);
  });

  it("S5.7 a form of a foreign page is refused, with the token too", async () => {
    expect((await json("{}", ["Origin: https://evil.example"])).status).toBe(403);
    expect((await json("{}", ["Sec-Fetch-Site: cross-site"])).status).toBe(403);
  });
});
