/** A request of each endpoint that is answered 200, and how it is sent. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { serve } from "../../src/app.ts";
import { ADMIN_PATH, ENDPOINTS, type Endpoint } from "../../src/config/admin/endpoints.ts";
import { controlStub } from "../../src/config/env.ts";
import { askAdmin } from "./admin-client.ts";
import { bundleOf, reportOf, walletToml } from "./support.ts";

export type Name = keyof typeof ENDPOINTS;

const ROOM = { name: "main", active_limit: 5, admit_per_minute: 60, session: "5m" };
const fileOf = (hk: number) =>
  walletToml(
    { hk, sg: 50 },
    { rooms: [ROOM], limits: [{ name: "all", key: "user", capacity: 5, refill: 1, interval: "1s" }] },
  );

export const ASKED: Readonly<Record<Name, { path?: string; body?: Readonly<Record<string, unknown>> }>> = {
  me: {},
  status: {},
  history: {},
  diff: { path: "/diff?from=1&to=1" },
  audit: {},
  probes: { path: "/probes/wallet" },
  series: { path: "/series?window=hour" },
  explain: { body: { user: "203.0.113.7" } },
  pin: { body: { pool: "wallet", origin: "hk", minutes: 5, reason: "x" } },
  endSession: { body: { room: "main", pass: "nobodys", reason: "x" } },
  change: { body: { edit: { kind: "drain", pool: "wallet", origin: "hk" }, reason: "x" } },
  apply: { body: { file: "a.toml", toml: fileOf(40), reason: "x" } },
  exportState: {},
  importState: { body: { state: "", reason: "x" } },
  tokens: {},
  addToken: { body: { name: "mei", role: "viewer", reason: "x" } },
  revokeToken: { body: { name: "mei", reason: "x" } },
};

export const WRITES = (Object.entries(ENDPOINTS) as [Name, Endpoint][]).flatMap(([name, { isWrite }]) =>
  isWrite ? [name] : [],
);

/** A Control with version 1 of a file, and an edge that has it. */
export async function startControl(): Promise<void> {
  const control = controlStub(env);
  await control.adopt(bundleOf("first", 4_000_000_000_000), fileOf(50));
  await control.exchange(reportOf("an edge", []));
}

/** What has to be there before the request is answered 200. The body that it needs. */
export async function prepare(name: Name): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { body } = ASKED[name];
  if (name === "tokens" || name === "revokeToken")
    await post("addToken", ASKED.addToken.body, await tagNow());
  if (name !== "importState") return body;
  const state = await (await askAdmin("/state")).text();
  // So that there is something to go back from.
  await post("change", ASKED.change.body, await tagNow());
  return { ...body, state };
}

export async function tagNow(): Promise<string> {
  const { tag } = await (await askAdmin("/status")).json<{ tag: string }>();
  return `"${tag}"`;
}

/** Sends a body as it is. Pins need a secret, which the tests' Worker has not: it is called with one. */
export async function post(name: Name, body: unknown, ifMatch: string | undefined): Promise<Response> {
  const headers = {
    authorization: `Bearer ${env.TIDEGATE_ADMIN_TOKEN}`,
    "content-type": "application/json",
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
  };
  const request = new Request(`http://edge.test${ADMIN_PATH}${ENDPOINTS[name].path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const secret = "secret-of-the-tests-0123456789abcdef";
  return serve(request, { ...env, TIDEGATE_SECRET: secret }, createExecutionContext());
}
