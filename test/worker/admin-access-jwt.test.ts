import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { serve } from "../../src/app.ts";
import { controlStub } from "../../src/config/env.ts";
import { newKey, nowSeconds, type SigningKey, sign } from "../support/tokens.ts";
import { ADMIN_URL } from "./admin-client.ts";
import { bundleOf, walletToml } from "./support.ts";

const ISSUER = "https://wallet.cloudflareaccess.example";
const AUDIENCE = "b1946ac92492d2347c6235b4d2611184";
const FILE = walletToml(
  { hk: 1 },
  {
    admin: {
      access: {
        issuer: ISSUER,
        audience: AUDIENCE,
        roles: { "mei@wallet.example": "admin", "ci.access": "operator" },
      },
    },
  },
);

let first: SigningKey;
let second: SigningKey;
let published: SigningKey[];
let clients = 0;

beforeAll(async () => {
  [first, second] = await Promise.all([newKey("RS256", "first"), newKey("RS256", "second")]);
  await controlStub(env).adopt(bundleOf("tests", 4_000_000_000_000), FILE);
});

beforeEach(() => {
  published = [first];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.href !== `${ISSUER}/cdn-cgi/access/certs`) throw new Error(`nobody answers at ${url.href}`);
    return Response.json({ keys: published.map(({ jwk }) => jwk) });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Of the form that Access documents. */
const claims = (more: Record<string, unknown> = {}) => ({
  aud: [AUDIENCE],
  iss: ISSUER,
  exp: nowSeconds() + 60,
  iat: nowSeconds(),
  nbf: nowSeconds(),
  type: "app",
  sub: "7335d417-61da-459d-899c-0a01c76a2f94",
  email: "mei@wallet.example",
  ...more,
});

async function ask(token: string | undefined, path = "/me", more: Record<string, string> = {}) {
  clients += 1;
  const headers = {
    "cf-connecting-ip": `198.51.100.${clients}`,
    ...(token === undefined ? {} : { "cf-access-jwt-assertion": token }),
    ...more,
  };
  const { TIDEGATE_ADMIN_TOKEN: _, ...bare } = env;
  // What goes on behind the answer, as the counts that are told once a second, is not waited for.
  return serve(new Request(`${ADMIN_URL}${path}`, { headers }), bare, createExecutionContext());
}

describe("a token of Cloudflare Access", () => {
  it("lets a person in by the address, with the role that [admin.access] gives", async () => {
    const answer = await ask(await sign(first, claims()));
    expect(await answer.json()).toMatchObject({ name: "mei@wallet.example", role: "admin", via: "access" });
    const upper = await ask(await sign(first, claims({ email: "Mei@Wallet.example" })));
    expect(upper.status).toBe(200);
  });

  it("lets a service in by its common name", async () => {
    const token = await sign(first, claims({ email: undefined, sub: "", common_name: "ci.access" }));
    expect(await (await ask(token)).json()).toMatchObject({ name: "ci.access", role: "operator" });
  });

  it("opens nothing for people without a role, or named by something that every object has", async () => {
    for (const email of ["jo@wallet.example", "constructor", "__proto__", "", 7, null]) {
      expect((await ask(await sign(first, claims({ email })))).status, String(email)).toBe(401);
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ["another audience", { aud: ["other"] }],
    ["no audience", { aud: undefined }],
    ["another issuer", { iss: "https://other.cloudflareaccess.example" }],
    ["no expiry", { exp: undefined }],
    ["an expiry in the past", { exp: nowSeconds() - 60 }],
    ["a beginning to come", { nbf: nowSeconds() + 60 }],
  ])("is nobody's with %s", async (_, more) => {
    expect((await ask(await sign(first, claims(more)))).status).toBe(401);
  });

  it("is nobody's when another key has signed it, under the same name too", async () => {
    const forger = await newKey("RS256", "first");
    expect((await ask(await sign(forger, claims()))).status).toBe(401);
    const elliptic = await newKey("ES256", "first");
    expect((await ask(await sign(elliptic, claims()))).status).toBe(401);
    for (const text of ["", "x", "a.b.c", `${"a".repeat(20_000)}.b.c`])
      expect((await ask(text)).status).toBe(401);
  });

  it("is no bearer token, and a wrong bearer token is not healed by it", async () => {
    const token = await sign(first, claims());
    expect((await ask(undefined, "/me", { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await ask(token, "/me", { authorization: "Bearer wrong" })).status).toBe(401);
  });

  it("is verified with the next key when the team's keys rotate, and with the old one while it is published", async () => {
    const start = Date.now();
    expect((await ask(await sign(first, claims()))).status).toBe(200);
    published = [first, second];
    vi.useFakeTimers({ toFake: ["Date"], now: start + 61_000 });
    expect((await ask(await sign(second, claims()))).status).toBe(200);
    expect((await ask(await sign(first, claims()))).status).toBe(200);
  });

  it("does not help another site's page, though the browser brings it", async () => {
    const token = await sign(first, claims());
    for (const more of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }]) {
      expect((await ask(token, "/status", more as Record<string, string>)).status).toBe(403);
    }
  });
});
