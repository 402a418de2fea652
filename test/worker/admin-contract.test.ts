import { reset } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { hc } from "hono/client";
import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";
import openApi from "../../docs/openapi.json";
import {
  ADMIN_PATH,
  type AdminContract,
  ENDPOINTS,
  type Endpoint,
} from "../../src/config/admin/endpoints.ts";
import { ASKED, type Name, post, prepare, startControl, tagNow } from "./admin-asked.ts";
import { askAdmin } from "./admin-client.ts";

const endpoints = Object.entries(ENDPOINTS) as [Name, Endpoint][];

beforeEach(async () => {
  await reset();
  await startControl();
});

async function ask(name: Name): Promise<Response> {
  const { method, path } = ENDPOINTS[name];
  const body = await prepare(name);
  return method === "get" ? askAdmin(ASKED[name].path ?? path) : post(name, body, await tagNow());
}

describe("every endpoint", () => {
  it.each(endpoints.map(([name]) => name))("answers as its schema says: %s", async (name) => {
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
    async (name) => {
      for (const more of [{ role: "admin" }, { actor: {} }, { ownHosts: [] }, { __proto__x: 1 }]) {
        const body = { ...ASKED[name].body, ...(name === "addToken" ? { actor: {} } : more) };
        expect((await post(name, body, '"1"')).status).toBe(400);
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
