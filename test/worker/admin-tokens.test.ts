import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { controlStub } from "../../src/config/env.ts";
import type { AuditAnswer } from "../../src/config/operator-api.ts";
import { askAdmin, postWrite } from "./admin-client.ts";
import { bundleOf, walletToml } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 50 });
const LATER_MS = 4_000_000_000_000;
let clients = 0;
const newClient = () => {
  clients += 1;
  return { "cf-connecting-ip": `198.51.100.${clients}` };
};

beforeEach(async () => {
  await reset();
  await controlStub(env).adopt(bundleOf("tests", LATER_MS), FILE);
});

async function newToken(name: string, role: string, more: object = {}): Promise<string> {
  const response = await postWrite("/tokens", { name, role, ...more }, '"1"');
  const answer = await response.json<{ secret: string }>();
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer.secret;
}

const bearer = (token: string, client = newClient()) => ({ authorization: `Bearer ${token}`, ...client });
const statusOf = async (path: string, headers: Record<string, string>) =>
  (await askAdmin(path, { headers })).status;
const write = (path: string, body: object, headers: Record<string, string>) =>
  postWrite(path, body, '"1"', headers);
const audit = async (): Promise<AuditAnswer["records"]> =>
  (await (await askAdmin("/audit?limit=1000")).json<AuditAnswer>()).records;

const WEIGHTS = { edit: { kind: "weights", pool: "wallet", weights: { hk: 1 } } };
const ROLES = ["viewer", "operator", "admin"] as const;

describe("a named token", () => {
  it.each(ROLES)("may what its role may, and no more: %s", async (role) => {
    const headers = bearer(await newToken("mei", role));
    const may = (least: (typeof ROLES)[number]) => ROLES.indexOf(role) >= ROLES.indexOf(least);
    for (const path of ["/status", "/history", "/audit", "/diff?from=1&to=1", "/openapi.json", "/me"]) {
      expect(await statusOf(path, headers), path).toBe(200);
    }
    expect((await write("/changes", WEIGHTS, headers)).status).toBe(may("operator") ? 200 : 403);
    const apply = { file: "a.toml", toml: FILE, dryRun: true };
    const version = may("operator") ? '"2"' : '"1"';
    expect((await postWrite("/apply", apply, version, headers)).status).toBe(may("operator") ? 200 : 403);
    const session = { room: "no", pass: "x" };
    expect((await postWrite("/sessions/end", session, version, headers)).status).toBe(
      may("operator") ? 409 : 403,
    );
    for (const path of ["/tokens", "/state"]) {
      expect(await statusOf(path, headers), path).toBe(may("admin") ? 200 : 403);
    }
    expect((await postWrite("/tokens", { name: "jo", role: "admin" }, version, headers)).status).toBe(
      may("admin") ? 200 : 403,
    );
    expect((await write("/state", { state: "{}" }, headers)).status).toBe(may("admin") ? 412 : 403);
  });

  it("is known by its name, in answers and in the history", async () => {
    const headers = bearer(await newToken("mei", "operator"));
    expect(await (await askAdmin("/me", { headers })).json()).toMatchObject({
      name: "mei",
      role: "operator",
      via: "token",
    });
    await write("/changes", { ...WEIGHTS, reason: "hk is slow" }, headers);
    const [newest] = await (await askAdmin("/history")).json<{ author: string; reason: string }[]>();
    expect(newest).toMatchObject({ author: "mei", reason: "hk is slow" });
  });

  it("lets nobody change [admin] but an admin", async () => {
    const toml = `${FILE}\n[admin.access]\nissuer = "https://evil.example"\naudience = "x"\ndefault_role = "admin"\n`;
    const operator = bearer(await newToken("mei", "operator"));
    const refused = await write("/apply", { file: "a.toml", toml }, operator);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ kind: "forbidden" });
    const admin = bearer(await newToken("jo", "admin"));
    expect((await write("/apply", { file: "a.toml", toml }, admin)).status).toBe(200);
    // Nor by going back to a version that had other rules.
    const back = { edit: { kind: "rollback", version: 1 } };
    expect((await postWrite("/changes", back, '"2"', operator)).status).toBe(403);
  });

  it("is out at once when it is revoked, and when it is over", async () => {
    const headers = bearer(await newToken("mei", "viewer"));
    expect(await statusOf("/status", headers)).toBe(200);
    expect((await postWrite("/tokens/revoke", { name: "mei" }, '"1"')).status).toBe(200);
    expect(await statusOf("/status", headers)).toBe(401);
    const short = await newToken("jo", "viewer", { expiresAtMs: Date.now() + 300 });
    const brief = bearer(short);
    expect(await statusOf("/status", brief)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await statusOf("/status", brief)).toBe(401);
  });

  it("is kept as a hash only: no answer and no export has it", async () => {
    const token = await newToken("mei", "viewer");
    expect(token).toMatch(/^tg_[0-9a-f]{8}_[\w-]{43}$/);
    for (const path of ["/tokens", "/state", "/audit", "/status", "/history"]) {
      expect(await (await askAdmin(path)).text(), path).not.toContain(token.slice(12));
    }
    expect(await (await askAdmin("/tokens")).text()).not.toMatch(/sha256/);
  });

  it.each([
    [
      "its last character changed",
      (token: string) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
    ],
    ["another's id", (token: string) => token.replace(/^tg_[0-9a-f]{8}/, "tg_00000000")],
    ["its hash in its place", (token: string) => `${token.slice(0, 12)}${"0".repeat(43)}`],
    ["cut", (token: string) => token.slice(0, -1)],
  ])("is nobody's with %s", async (_, change) => {
    const token = await newToken("mei", "admin");
    expect(await statusOf("/status", bearer(change(token)))).toBe(401);
  });

  it.each([
    ["a name that is taken", { name: "mei", role: "admin" }, 409],
    ["a role that there is not", { name: "jo", role: "root" }, 400],
    ["no role", { name: "jo" }, 400],
    ["a hash of its own", { name: "jo", role: "admin", sha256: "0".repeat(64) }, 400],
    ["an end in the past", { name: "jo", role: "admin", expiresAtMs: 1 }, 409],
    ["no reason", { name: "jo", role: "admin", reason: "" }, 422],
    ["a name with a line break", { name: "j\no", role: "admin" }, 400],
  ])("is not made with %s", async (_, body, status) => {
    await newToken("mei", "viewer");
    expect((await postWrite("/tokens", body, '"1"')).status).toBe(status);
  });

  it("opens the API where the secret of the deployment is not set", async () => {
    const token = await newToken("mei", "viewer");
    const { serve } = await import("../../src/app.ts");
    const { createExecutionContext } = await import("cloudflare:test");
    const { TIDEGATE_ADMIN_TOKEN: _, ...bare } = env;
    const ask = (authorization: string) =>
      serve(
        new Request("http://edge.test/.tidegate/admin/api/me", {
          headers: { authorization, ...newClient() },
        }),
        bare,
        createExecutionContext(),
      );
    expect((await ask(`Bearer ${token}`)).status).toBe(200);
    expect((await ask("Bearer ")).status).toBe(401);
    expect((await ask(`Bearer ${env.TIDEGATE_ADMIN_TOKEN}`)).status).toBe(401);
  });
});

describe("wrong tokens from one address", () => {
  it("are answered 401 ten times a minute and then 429, also with the right secret, and others are let in", async () => {
    const client = newClient();
    const wrong = { authorization: "Bearer wrong", ...client };
    for (let count = 0; count < 10; count += 1) expect(await statusOf("/status", wrong)).toBe(401);
    const limited = await askAdmin("/status", { headers: wrong });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await statusOf("/status", client)).toBe(429);
    expect(await statusOf("/status", newClient())).toBe(200);
  });

  it("do not keep out whoever has a named token there: it cannot be guessed", async () => {
    const client = newClient();
    const token = await newToken("mei", "viewer");
    for (let count = 0; count < 12; count += 1)
      await statusOf("/status", { authorization: "Bearer wrong", ...client });
    expect(await statusOf("/status", bearer(token, client))).toBe(200);
  });

  it("count by /64 of IPv6", async () => {
    const from = (host: number) => ({
      authorization: "Bearer wrong",
      "cf-connecting-ip": `2001:db8:1:${clients}::${host}`,
    });
    for (let host = 1; host <= 10; host += 1) expect(await statusOf("/status", from(host))).toBe(401);
    expect(await statusOf("/status", from(11))).toBe(429);
  });

  it("are recorded: when, from where, and never what was typed", async () => {
    const client = newClient();
    await statusOf("/status", { authorization: "Bearer my-real-password", ...client });
    const records = await audit();
    expect(records.at(-1)).toMatchObject({
      action: "login-failed",
      actor: { name: "unknown", role: "none", address: client["cf-connecting-ip"] },
      at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
    });
    expect(JSON.stringify(records)).not.toContain("my-real-password");
  });

  it("from many addresses at once fill no storage: beyond 60 a minute they are counted", async () => {
    const guesses = Array.from({ length: 90 }, (_, index) =>
      statusOf("/status", { authorization: "Bearer wrong", "cf-connecting-ip": `192.0.2.${index}` }),
    );
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([401]));
    expect((await audit()).filter(({ action }) => action === "login-failed")).toHaveLength(60);
  });
});
