import { createExecutionContext, reset } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { hc } from "hono/client";
import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";
import openApi from "../../docs/openapi.json";
import { serve } from "../../src/app.ts";
import {
  ADMIN_PATH,
  type AdminContract,
  ENDPOINTS,
  type Endpoint,
} from "../../src/config/admin/endpoints.ts";
import { controlStub } from "../../src/config/env.ts";
import { askAdmin, postWrite } from "./admin-client.ts";
import { bundleOf, reportOf, walletToml } from "./support.ts";

const ROOM = { name: "main", active_limit: 5, admit_per_minute: 60, session: "5m" };
const FILE = walletToml(
  { hk: 50, sg: 50 },
  { rooms: [ROOM], limits: [{ name: "all", key: "user", capacity: 5, refill: 1, interval: "1s" }] },
);
const endpoints = Object.entries(ENDPOINTS) as [keyof typeof ENDPOINTS, Endpoint][];

/** A request of each endpoint that is answered 200, in an order in which that works. */
const ASKED: Readonly<Record<keyof typeof ENDPOINTS, { path?: string; body?: object }>> = {
  me: {},
  status: {},
  history: {},
  diff: { path: "/diff?from=1&to=1" },
  audit: {},
  probes: { path: "/probes/wallet" },
  series: { path: "/series?window=hour" },
  explain: { body: { user: "203.0.113.7" } },
  pin: { body: { pool: "wallet", origin: "hk", minutes: 5 } },
  endSession: { body: { room: "main", pass: "nobodys", reason: "x" } },
  change: { body: { edit: { kind: "drain", pool: "wallet", origin: "hk" }, reason: "x" } },
  apply: { body: { file: "a.toml", toml: FILE, reason: "x" } },
  exportState: {},
  importState: { body: { state: "", reason: "x", dryRun: true } },
  tokens: {},
  addToken: { body: { name: "mei", role: "viewer", reason: "x" } },
  revokeToken: { body: { name: "mei", reason: "x" } },
};

beforeEach(async () => {
  await reset();
  const control = controlStub(env);
  await control.adopt(bundleOf("first", 4_000_000_000_000), FILE);
  await control.exchange(reportOf("an edge", []));
});

async function ask(name: keyof typeof ENDPOINTS): Promise<Response> {
  const { path, body } = ASKED[name];
  const { method, path: template } = ENDPOINTS[name];
  if (method === "get") return askAdmin(path ?? template);
  if (name === "revokeToken") await ask("addToken");
  // Sent as it is: the helper would add a reason, which a question has not.
  if (name === "explain") return postWrite(template, JSON.stringify(body), undefined);
  if (name === "pin") return askForPin(body);
  if (name !== "importState") return postWrite(path ?? template, body, '"1"');
  return postWrite(template, { ...body, state: await (await ask("exportState")).text() }, '"1"');
}

/** Pins need a secret, which the tests' Worker has not. */
async function askForPin(body: object | undefined): Promise<Response> {
  const headers = {
    authorization: `Bearer ${env.TIDEGATE_ADMIN_TOKEN}`,
    "content-type": "application/json",
  };
  const request = new Request(`http://edge.test${ADMIN_PATH}/pins`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const secret = "secret-of-the-tests-0123456789abcdef";
  return serve(request, { ...env, TIDEGATE_SECRET: secret }, createExecutionContext());
}

describe("every endpoint", () => {
  it.each(endpoints.map(([name]) => name))("answers as its schema says: %s", async (name) => {
    if (name === "tokens") await ask("addToken");
    const response = await ask(name);
    const answer: unknown = await response.json();
    expect(response.status, JSON.stringify(answer)).toBe(200);
    expect(v.safeParse(ENDPOINTS[name].answer, answer).issues).toBeUndefined();
  });

  it.each(endpoints)("stands in the OpenAPI document with what it takes: %s", (name, endpoint) => {
    const paths: Record<
      string,
      Record<string, { operationId: string; requestBody?: object }>
    > = openApi.paths;
    const operation = paths[endpoint.path.replace(":pool", "{pool}")]?.[endpoint.method];
    expect(operation?.operationId).toBe(name);
    expect(operation?.requestBody !== undefined).toBe(endpoint.body !== undefined);
  });

  it.each(endpoints.filter(([, { body }]) => body !== undefined))(
    "refuses members that nobody asked for: %s",
    async (name, { path }) => {
      for (const more of [{ role: "admin" }, { actor: {} }, { ownHosts: [] }, { __proto__x: 1 }]) {
        const body = { ...ASKED[name].body, ...(name === "addToken" ? { actor: {} } : more) };
        expect((await postWrite(path, body, '"1"')).status).toBe(400);
      }
    },
  );
});

describe("the OpenAPI document", () => {
  it("is served, as it is in docs", async () => {
    expect(await (await askAdmin("/openapi.json")).json()).toEqual(openApi);
  });
});

describe("Hono's typed client", () => {
  it("speaks to the API with the contract's types", async () => {
    const client = hc<AdminContract>(`http://edge.test${ADMIN_PATH}`, {
      headers: { authorization: `Bearer ${env.TIDEGATE_ADMIN_TOKEN}` },
      fetch: (input: string | URL | Request, init?: RequestInit) =>
        exports.default.fetch(new Request(input, init)),
    });
    const { tag, edges } = await (await client.status.$get()).json();
    expect(tag).toBe("1.0");
    // Beside it stands the edge that answers here, once it has reported.
    const known = (follows: boolean) =>
      expect.arrayContaining([expect.objectContaining({ name: "an edge", version: 1, follows })]);
    expect(edges).toEqual(known(true));
    const edit = { kind: "weights" as const, pool: "wallet", weights: { hk: 1 } };
    const answer = await client.changes.$post({
      header: { "if-match": `"${tag}"` },
      json: { edit, reason: "x" },
    });
    expect((await answer.json()).kind).toBe("applied");
    const after = await (await client.status.$get()).json();
    expect(after.edges).toEqual(known(false));
  });
});
