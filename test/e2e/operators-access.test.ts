// Who gets in to the operators' API on bare workerd, and whose write counts: guessing, foreign pages, conflicts, sizes.
import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_PATH, ENDPOINTS } from "../../src/config/admin/endpoints.ts";
import type { AuditRecord } from "../../src/config/audit-record.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { rawRequest, sendRaw } from "../support/raw.ts";

const EDGES = 4;
const KIB = 1024;

let edge: Edge;
let closed: Edge;
beforeAll(async () => {
  const config = walletConfig(
    [
      { name: "hk", url: "http://127.0.0.1:9000" },
      { name: "sg", url: "http://127.0.0.1:9001" },
    ],
    { rooms: [{ name: "main", active_limit: 10, admit_per_minute: 60 }] },
  );
  [edge, closed] = await Promise.all([startEdge({ config, edges: EDGES }), startEdge({ config, token: "" })]);
});

interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly from?: string;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly url?: string;
}

function ask(
  path: string,
  { method = "GET", token = edge.token, from, headers, json, url = edge.url }: Ask = {},
) {
  return fetch(`${url}${ADMIN_PATH}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(from === undefined ? {} : { "cf-connecting-ip": from }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
}

const weights = (hk: number, reason = "tests") => ({
  edit: { kind: "weights", pool: "wallet", weights: { hk } },
  reason,
});
const tag = async () => ((await (await ask("/status")).json()) as { tag: string }).tag;
const posts = Object.values(ENDPOINTS).filter(({ method }) => method === "post");

describe("guessing a token", () => {
  it("ends after ten tries a minute, whichever edge is asked, also for the right one, and for nobody else", async () => {
    const from = "203.0.113.66";
    const statuses: number[] = [];
    for (let index = 0; index < 14; index++) {
      const url = edge.urls[index % EDGES] ?? "";
      const answer = await ask("/status", { from, url, token: `guess-${index}` });
      statuses.push(answer.status);
      const body = await answer.text();
      if (answer.status === 401) expect(body).toBe('{"error":"unauthorized"}');
    }
    expect(statuses).toEqual([...Array(10).fill(401), ...Array(4).fill(429)]);
    expect((await ask("/status", { from })).status).toBe(429);
    expect((await ask("/status", { from: "203.0.113.67" })).status).toBe(200);
    const audit = (await (await ask("/audit?limit=1000")).json()) as { records: AuditRecord[] };
    const failed = audit.records.filter(({ action }) => action === "login-failed");
    expect(failed).toHaveLength(10);
    expect(failed[0]?.actor.address).toBe(from);
    expect(JSON.stringify(failed)).not.toContain("guess");
  });
});

describe("a foreign page", () => {
  it.each<[string, Record<string, string>]>([
    ["by what the browser tells", { "sec-fetch-site": "cross-site" }],
    ["of a sibling host", { "sec-fetch-site": "same-site" }],
    ["by its origin alone", { origin: "https://evil.example" }],
    ["without an origin", { origin: "null" }],
  ])("changes nothing, with the right token too: %s", async (_, headers) => {
    const based = { "if-match": `"${await tag()}"` };
    const answer = await ask("/changes", {
      method: "POST",
      json: weights(7),
      headers: { ...headers, ...based },
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(await tag()).toBe(based["if-match"].slice(1, -1));
  });

  it("cannot send a write as a form does, and gets no leave to ask (CORS)", async () => {
    const headers = { "if-match": `"${await tag()}"`, "content-type": "text/plain" };
    expect((await ask("/changes", { method: "POST", json: weights(7), headers })).status).toBe(415);
    const preflight = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const asked = await ask("/changes", { method: "OPTIONS", headers: preflight });
    expect(asked.status).toBe(403);
    expect(asked.headers.get("access-control-allow-methods")).toBeNull();
  });
});

describe("writes that come at once", () => {
  it("through several edges: one is applied, the others hear that it came first", async () => {
    const based = { "if-match": `"${await tag()}"` };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        ask("/changes", {
          method: "POST",
          url: edge.urls[index % EDGES] ?? "",
          json: weights(10 + index),
          headers: based,
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array(7).fill(412)]);
    const version = Number((await tag()).split(".")[0]);
    for (const answer of answers.filter(({ status }) => status === 412))
      expect(await answer.json()).toEqual({ kind: "conflict", version });
  });
});

describe("every write", () => {
  it.each(posts.map(({ path }) => path))(
    "refuses a body beyond its bound, and members that nobody asked for: %s",
    async (path) => {
      const bound =
        path === "/state" ? 24 * KIB * KIB : path === "/apply" ? 2 * KIB * KIB + 64 * KIB : 64 * KIB;
      const headers = { "if-match": `"${await tag()}"` };
      // Refused by what it says of itself, before it is read.
      const large = await sendRaw(
        edge.url,
        rawRequest(edge.url, "POST", `${ADMIN_PATH}${path}`, [
          `Authorization: Bearer ${edge.token}`,
          `If-Match: ${headers["if-match"]}`,
          "Content-Type: application/json",
          `Content-Length: ${bound + 1}`,
        ]),
      );
      expect(large.status).toBe(413);
      const odd = await ask(path, { method: "POST", headers, json: { isAdmin: true } });
      expect(odd.status).toBe(400);
    },
  );

  const unreasoned: [path: string, json: object][] = [
    ["/changes", weights(9, " ")],
    ["/apply", { file: "a.toml", toml: "", reason: "" }],
    ["/state", { state: "{}", reason: "" }],
    ["/tokens", { name: "x", role: "viewer", reason: "" }],
    ["/tokens/revoke", { name: "x", reason: "" }],
    ["/sessions/end", { room: "main", user: "x", reason: "" }],
    ["/pins", { pool: "wallet", origin: "hk", minutes: 1, reason: "" }],
  ];
  it.each(unreasoned)(
    "needs a reason, and something it is based on that is still so: %s",
    async (path, json) => {
      const headers = { "if-match": `"${await tag()}"` };
      expect((await ask(path, { method: "POST", headers, json })).status).toBe(422);
      expect((await ask(path, { method: "POST", json })).status).toBe(428);
      const stale = { "if-match": '"0.0"' };
      const reason = "tests";
      const answer = await ask(path, { method: "POST", headers: stale, json: { ...json, reason } });
      expect(answer.status).toBe(412);
    },
  );
});

describe("without a token in its configuration", () => {
  it("the API is closed, and the page tells nothing", async () => {
    for (const token of ["", "undefined", "x"]) {
      const answer = await ask("/status", { url: closed.url, token });
      expect(answer.status).toBe(503);
    }
    const page = await fetch(`${closed.url}/.tidegate/admin/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
    expect(await page.text()).not.toMatch(/wallet|version|tidegate (v|\d)/i);
  });
});
