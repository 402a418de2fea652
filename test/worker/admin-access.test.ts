import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/app.ts";
import { ADMIN_URL, askAdmin } from "./admin-client.ts";

const TOKEN = env.TIDEGATE_ADMIN_TOKEN;
let clients = 0;
/** A client that nobody has seen before: wrong tokens count by address. */
const newClient = () => {
  clients += 1;
  return { "cf-connecting-ip": `203.0.113.${clients}` };
};
const PATHS = ["/status", "/history", "/changes", "/nothing-here", ""];

describe("the admin API without a token in its configuration", () => {
  it.each([
    ["none", undefined],
    ["an empty one", ""],
  ])("is closed to everybody: %s", async (_, token) => {
    const { TIDEGATE_ADMIN_TOKEN: __, ...rest } = env;
    const bare = token === undefined ? rest : { ...rest, TIDEGATE_ADMIN_TOKEN: token };
    for (const authorization of ["", "Bearer ", "Bearer undefined", `Bearer ${TOKEN}`]) {
      const request = new Request(`${ADMIN_URL}/status`, { headers: { authorization } });
      const response = await serve(request, bare, createExecutionContext());
      expect(response.status).toBe(503);
      expect(await response.text()).toContain("TIDEGATE_ADMIN_TOKEN");
    }
  });
});

describe("the admin API", () => {
  it.each(["Bearer", "bearer", "BEARER"])("opens with the token after %s", async (scheme) => {
    const response = await askAdmin("/status", { headers: { authorization: `${scheme} ${TOKEN}` } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ version: expect.any(Number), pools: expect.any(Array) });
  });

  it.each([
    ["nothing", undefined],
    ["an empty field", ""],
    ["another token", "Bearer wrong"],
    ["the token's beginning", `Bearer ${TOKEN.slice(0, -1)}`],
    ["the token and more", `Bearer ${TOKEN}x`],
    ["the token in another case", `Bearer ${TOKEN.toUpperCase()}`],
    ["the token and a second word", `Bearer ${TOKEN} x`],
    ["the token alone", TOKEN],
    ["the token without a blank", `Bearer${TOKEN}`],
    ["another scheme", `Basic ${btoa(`admin:${TOKEN}`)}`],
    ["another scheme with the token", `Token ${TOKEN}`],
  ])("answers 401 with one constant body to %s, on every path", async (_, authorization) => {
    const client = newClient();
    for (const path of PATHS) {
      const response = await askAdmin(path, { headers: { authorization, ...client } });
      expect(response.status).toBe(401);
      expect(await response.text()).toBe('{"error":"unauthorized"}');
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="tidegate"');
    }
  });

  it("does not take the token from the address", async () => {
    const response = await askAdmin(`/status?token=${TOKEN}&access_token=${TOKEN}`, {
      headers: { authorization: undefined },
    });
    expect(response.status).toBe(401);
  });

  it("refuses requests that another site's page makes, with the token too", async () => {
    const response = await askAdmin("/status", { headers: { "sec-fetch-site": "cross-site" } });
    expect(response.status).toBe(403);
    expect(await response.json()).not.toHaveProperty("pools");
  });

  it("refuses a sibling subdomain's page, and a page of another origin where the browser tells only that", async () => {
    for (const headers of [
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      expect((await askAdmin("/status", { headers })).status).toBe(403);
    }
    expect((await askAdmin("/status", { headers: { origin: "http://edge.test" } })).status).toBe(200);
  });

  it.each(["same-origin", "none"])("answers its own page's requests (%s)", async (site) => {
    expect((await askAdmin("/status", { headers: { "sec-fetch-site": site } })).status).toBe(200);
  });

  it("lets nobody keep its answers, good or bad", async () => {
    const answers = await Promise.all([
      askAdmin("/status"),
      askAdmin("/history"),
      askAdmin("/nothing-here"),
      askAdmin("/status", { headers: { authorization: undefined } }),
      askAdmin("/status", { headers: { "sec-fetch-site": "cross-site" } }),
      askAdmin("/changes", { method: "POST", body: "{}" }),
    ]);
    for (const answer of answers) expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("allows no other site to read its answers", async () => {
    const response = await askAdmin("/status", { headers: { origin: "https://evil.example" } });
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
    const preflight = await exports.default.fetch(
      new Request(`${ADMIN_URL}/changes`, {
        method: "OPTIONS",
        headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
      }),
    );
    expect(preflight.status).toBe(403);
    expect(preflight.headers.has("access-control-allow-origin")).toBe(false);
  });

  it("changes nothing with GET", async () => {
    expect((await askAdmin("/changes")).status).toBe(404);
  });
});
