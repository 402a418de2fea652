// What holds for every write of the operators' API, whichever there are: the list comes from the table of endpoints.
import { reset } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import openApi from "../../docs/openapi.json";
import { ADMIN_PATH, ENDPOINTS, type Endpoint } from "../../src/config/admin/endpoints.ts";
import type { AuditAnswer } from "../../src/config/operator-api.ts";
import { adminApi } from "../../src/operator/admin-api.ts";
import { post, prepare, startControl, tagNow, WRITES } from "./admin-asked.ts";
import { askAdmin } from "./admin-client.ts";

beforeEach(async () => {
  await reset();
  await startControl();
});

interface Answer {
  readonly kind: string;
  readonly diff: readonly { readonly path: string }[];
  readonly tag: string;
}

const records = async () => (await (await askAdmin("/audit?limit=1000")).json<AuditAnswer>()).records;

/** What must be the same after a write that did nothing. */
const state = async () => ({ tag: await tagNow(), records: (await records()).length });

describe("the table of endpoints", () => {
  const inTable = (Object.values(ENDPOINTS) as Endpoint[]).map(({ method, path }) => `${method} ${path}`);

  it("has every route that there is, so that no write is outside of it", () => {
    const served = new Set(
      adminApi.routes
        .filter(({ method }) => method !== "ALL")
        .map(({ method, path }) => `${method.toLowerCase()} ${path}`)
        .filter((route) => route !== "get /openapi.json"),
    );
    expect([...served].sort()).toEqual([...inTable].sort());
  });

  it("calls everything a write that is no GET, but for the one question that names a user", () => {
    const others = (Object.entries(ENDPOINTS) as [string, Endpoint][]).filter(
      ([, { method, isWrite }]) => method !== "get" && !isWrite,
    );
    expect(others.map(([name]) => name)).toEqual(["explain"]);
  });
});

describe("every write", () => {
  it.each(WRITES)("that names nothing it is based on is answered 428 with the way out: %s", async (name) => {
    const body = await prepare(name);
    const before = await state();
    for (const ifMatch of [undefined, "*", "1", 'W/"1"', '"one"', '"1.x"']) {
      const answer = await post(name, body, ifMatch);
      expect(answer.status, ifMatch).toBe(428);
      expect(await answer.text()).toContain('such as "12" or "12.5"'.replaceAll('"', '\\"'));
    }
    expect(await state()).toEqual(before);
  });

  it.each(WRITES)("that came second is answered 412 and does nothing: %s", async (name) => {
    const body = await prepare(name);
    const tag = await tagNow();
    // Another operator's, in between.
    const first = { edit: { kind: "announce", text: { en: "Slow" }, startMs: 0, endMs: 4e12 }, reason: "x" };
    expect((await post("change", first, tag)).status).toBe(200);
    const before = await state();
    for (const ifMatch of [tag, '"0"', '"999"']) {
      const answer = await post(name, body, ifMatch);
      expect(answer.status, ifMatch).toBe(412);
      expect(await answer.json()).toEqual({ kind: "conflict", version: 1 });
    }
    expect(await state()).toEqual(before);
  });

  it.each(WRITES)("without a reason is answered 422 and does nothing: %s", async (name) => {
    const { reason: _, ...body } = (await prepare(name)) ?? {};
    const before = await state();
    for (const said of [body, { ...body, reason: "" }, { ...body, reason: "  " }]) {
      const answer = await post(name, said, await tagNow());
      expect(answer.status).toBe(422);
      expect(await answer.json()).toEqual({ error: expect.stringContaining("reason") });
    }
    expect(await state()).toEqual(before);
  });

  it.each(WRITES)("on trial tells its diff and does nothing, without a reason too: %s", async (name) => {
    const { reason: _, ...body } = (await prepare(name)) ?? {};
    const before = await state();
    const answer = await post(name, { ...body, dryRun: true }, await tagNow());
    const { kind, diff, ...more } = await answer.json<Answer>();
    expect([answer.status, kind]).toEqual([200, "planned"]);
    expect(diff.length).toBeGreaterThan(0);
    expect(Object.keys(more).filter((member) => member !== "plan")).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it.each(WRITES)("is answered with its diff, and on record with the same: %s", async (name) => {
    const body = await prepare(name);
    const length = (await records()).length;
    const answer = await post(name, { ...body, reason: `why ${name}` }, await tagNow());
    const { kind, diff, tag } = await answer.json<Answer>();
    expect([answer.status, kind]).toEqual([200, "applied"]);
    expect(diff.length).toBeGreaterThan(0);
    expect(`"${tag}"`).toBe(await tagNow());
    const after = await records();
    expect(after.length).toBe(length + 1);
    expect(after.at(-1)).toMatchObject({
      reason: `why ${name}`,
      actor: { name: "token", role: "admin", via: "secret" },
      changes: diff,
      at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
    });
  });

  it.each(WRITES)(
    "says in the OpenAPI document that it needs If-Match, and how it is refused: %s",
    (name) => {
      const paths: Record<
        string,
        Record<string, { parameters?: unknown[]; responses: object }>
      > = openApi.paths;
      const operation = paths[ENDPOINTS[name].path]?.post;
      expect(operation?.parameters).toContainEqual(
        expect.objectContaining({ name: "If-Match", in: "header", required: true }),
      );
      expect(Object.keys(operation?.responses ?? {})).toEqual(
        expect.arrayContaining(["200", "409", "412", "422", "428"]),
      );
      expect(openApi.servers).toEqual([{ url: ADMIN_PATH }]);
    },
  );
});

describe("a token that is made or revoked", () => {
  it("counts, so that an import which was looked at before it conflicts and brings nobody back", async () => {
    const body = await prepare("importState");
    const looked = await tagNow();
    expect((await post("addToken", { name: "mei", role: "viewer", reason: "x" }, looked)).status).toBe(200);
    expect((await post("importState", body, looked)).status).toBe(412);
    const between = await tagNow();
    expect((await post("revokeToken", { name: "mei", reason: "x" }, between)).status).toBe(200);
    expect((await post("importState", body, between)).status).toBe(412);
  });

  it("is told by whose it is, its role and its end, and neither by itself nor by its hash", async () => {
    const end = { expiresAtMs: Date.UTC(2099, 0, 1) };
    const tried = { name: "mei", role: "operator", ...end, dryRun: true };
    const looked = await (await post("addToken", tried, await tagNow())).json<{ diff: { path: string }[] }>();
    expect(looked.diff.map(({ path }) => path)).toEqual(["holders.mei.role", "holders.mei.until"]);
    const made = await post(
      "addToken",
      { name: "mei", role: "operator", ...end, reason: "x" },
      await tagNow(),
    );
    const { secret, diff } = await made.json<{ secret: string; diff: unknown[] }>();
    expect(diff).toEqual([
      { path: "holders.mei.role", after: "operator" },
      { path: "holders.mei.begins", after: `${secret.slice(0, 12)}` },
      { path: "holders.mei.until", after: "2099-01-01T00:00:00Z" },
    ]);
    const gone = await post("revokeToken", { name: "mei", reason: "x" }, await tagNow());
    expect((await gone.json<{ diff: unknown[] }>()).diff).toEqual([
      { path: "holders.mei.revoked", after: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
  });
});
