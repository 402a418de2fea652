// One JSON line a request: all that went wrong, none that went well at a sample of 0, and nothing of who asked for what;
// and the webhook of [alerts], which is told what has changed, signed, again and again until it takes it.
import { createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { atEnd } from "../support/cleanup.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { CARD, leaksIn, SECRET_WORD, USER } from "../support/planted.ts";
import { rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

const ALERT_SECRET = "whsec_dGVzdC1hbGVydC1zZWNyZXQtMDEyMzQ1Njc4OWFi";
const TOLD_WITHIN_MS = 20_000;
const TEST_MS = 60_000;

interface Line {
  message: string;
  id: string;
  trace: string;
  route: string;
  method: string;
  decision: string;
  status: number;
  attempts: { origin: string; reason: string; ms: number }[];
  ms: { total: number; edge: number; origin: number };
  position?: number;
  operation?: string;
  version: number;
}
interface Told {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

let hk: Region;
let edge: Edge;
const told: Told[] = [];
/** The receiver is down for the first. */
let refusals = 1;

beforeAll(async () => {
  hk = await startRegion("hk");
  const receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      told.push({ headers: request.headers, body });
      response.writeHead(refusals-- > 0 ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  atEnd(() => receiver.close());
  const gone = { name: "gone", url: `http://127.0.0.1:${await freePorts(1)}`, weight: 1 };
  const { port } = receiver.address() as AddressInfo;
  edge = await startEdge({
    config: {
      pools: [
        pool("wallet", [{ name: "hk", url: hk.url }], { affinity: "none" }),
        pool("lost", [gone], { ejection: { enabled: false } }),
      ],
      routes: [
        { name: "limited", path: "/limited/*", pool: "wallet", limits: ["few"] },
        { name: "held", path: "/held/*", pool: "wallet", room: "main" },
        { name: "lost", path: "/lost/*", pool: "lost" },
        { name: "all", path: "/*", pool: "wallet" },
      ],
      limits: [{ name: "few", key: "all", capacity: 1, refill: 1, interval: "1h" }],
      rooms: [{ name: "main", active_limit: 10, admit_per_minute: 60, mode: "hold" }],
      identity: { opaque: { cookie: "sid", new_per_ip_per_minute: 1000 } },
      logs: { sample: 0 },
      alerts: { webhook: `http://127.0.0.1:${port}/tidegate` },
    },
    env: { TIDEGATE_ALERT_SECRET: ALERT_SECRET },
  });
});

const lines = (): Line[] =>
  edge
    .process()
    .output()
    .split("\n")
    .filter((line) => line.startsWith('{"message":"request"'))
    .map((line) => JSON.parse(line) as Line);

/** A request that carries what must not be seen in every part that it has. */
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${edge.url}${path}/cards/${CARD}/${USER}?token=${SECRET_WORD}&card=${CARD}`, {
    ...init,
    headers: {
      authorization: `Bearer ${SECRET_WORD}`,
      cookie: `sid=${SECRET_WORD}; card=${CARD}`,
      "user-agent": USER,
      referer: `https://x.example/?card=${CARD}`,
      "x-request-id": USER,
      "tidegate-ticket": SECRET_WORD,
      "tidegate-pass": `eyJhbGciOiJIUzI1NiJ9.${CARD}.${SECRET_WORD}`,
      "tidegate-pin": SECRET_WORD,
      ...init.headers,
    },
  });
}

const lineOf = async (decision: string): Promise<Line> => {
  await expect
    .poll(() => lines().some((line) => line.decision === decision), { timeout: TOLD_WITHIN_MS })
    .toBe(true);
  return lines().find((line) => line.decision === decision) as Line;
};

describe("a request's line", () => {
  it("is not written for what goes well, at a sample of 0", async () => {
    for (let index = 0; index < 20; index++) expect((await ask("/fine")).status).toBeLessThan(500);
    await ask("/held");
    await ask("/lost");
    await lineOf("unanswered");
    expect(lines().map(({ decision }) => decision)).toEqual(["unanswered"]);
  });

  it("tells where a request that failed went, how long it took, and under which version", async () => {
    const { id, trace, ...line } = await lineOf("unanswered");
    expect(id.startsWith(trace)).toBe(true);
    expect(line).toMatchObject({
      route: "lost",
      method: "GET",
      status: expect.any(Number),
      attempts: [{ origin: "gone", reason: "disconnected", ms: expect.any(Number) }],
      version: 1,
    });
    expect(line.ms.total).toBeGreaterThanOrEqual(line.ms.origin);
  });

  it("is written for denials of limits, for what the edge refuses, and for operators", async () => {
    await ask("/limited");
    await ask("/limited");
    expect(await lineOf("limited")).toMatchObject({ route: "limited", status: 429, attempts: [] });
    await sendRaw(edge.url, rawRequest(edge.url, SECRET_WORD.toUpperCase(), `/x/${CARD}`));
    await sendRaw(edge.url, rawRequest(edge.url, "GET", `/a%00${CARD}`));
    expect(await lineOf("blocked")).toMatchObject({ route: "", status: 400 });
    await edge.cli("status");
    await ask("/.tidegate/admin/api/x");
    await expect
      .poll(() => lines().map(({ operation }) => operation), { timeout: TOLD_WITHIN_MS })
      .toEqual(expect.arrayContaining(["/status", "unknown"]));
  });

  it("has nothing of who asked for what, nor has anything else that the edge says, keeps or tells", async () => {
    await ask("/pay", {
      method: "POST",
      body: JSON.stringify({ card: CARD, user: USER, token: SECRET_WORD }),
    });
    await edge.cli("session", "end", "main", "--user", USER, "--yes");
    const metrics = await (await fetch(`${edge.url}/.tidegate/metrics`)).text();
    const audit = await edge.cli("audit", "export");
    // What a client shows is hashed, kept a moment and forgotten, but never written.
    const files = await readdir(edge.dataDir, { recursive: true, withFileTypes: true });
    const kept = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name), "latin1")),
    );
    expect(kept.length).toBeGreaterThan(0);
    // The command line is the operator's own reason: that of `session end` names no user.
    for (const text of [
      edge.process().output(),
      metrics,
      audit.stdout,
      told.map(({ body }) => body).join("\n"),
    ])
      expect(leaksIn(text)).toEqual([]);
    for (const text of kept) for (const word of [CARD, USER, SECRET_WORD]) expect(text).not.toContain(word);
  });
});

describe("the webhook of [alerts]", () => {
  it(
    "is told of a region's new state and of a new version, signed, again until it takes it",
    async () => {
      await edge.cli("drain", "wallet", "hk", "--force", "--yes", "--no-wait", "--reason", "tonight");
      const state = (letter: Told) =>
        JSON.parse(letter.body) as { type: string; data: Record<string, unknown> };
      const first = () => told.filter((letter) => state(letter).data.state === "draining");
      // Refused once, then taken: 5 s later, and up to a quarter more.
      await expect.poll(() => first().length, { timeout: TEST_MS / 2, interval: 200 }).toBe(2);
      expect(state(first()[0] as Told)).toMatchObject({
        type: "origin.state",
        data: { pool: "wallet", origin: "hk", state: "draining", before: "healthy" },
      });
      // The same letter each time, so that a receiver can tell.
      expect(new Set(first().map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      for (const { headers, body } of told) {
        const key = Buffer.from(ALERT_SECRET.slice("whsec_".length), "base64");
        const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
        const signature = createHmac("sha256", key).update(signed).digest("base64");
        expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
      }
      await edge.cli("weights", "wallet", "hk=7", "--yes", "--no-wait", "--reason", "more");
      const version = () => told.map(state).find(({ type }) => type === "config.version");
      await expect.poll(version, { timeout: TOLD_WITHIN_MS }).toMatchObject({
        data: { version: 2, before: 1, kind: "weights", author: "token", reason: "more" },
      });
      const metrics = await (await fetch(`${edge.url}/.tidegate/metrics`)).text();
      expect(metrics).toContain('tidegate_alerts_total{result="failed"} 1\n');
    },
    TEST_MS,
  );
});
