import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { askAdmin } from "./admin-client.ts";

const BASE = "http://edge.test/.tidegate/admin";
const get = (path: string, init?: RequestInit) => exports.default.fetch(new Request(BASE + path, init));

/** Of the page: what it loads. */
async function loaded(): Promise<string[]> {
  const page = await (await get("/")).text();
  return [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
}

describe("the dashboard's page", () => {
  it("is the same with and without a token, and tells nothing of what is behind it", async () => {
    const response = await get("/");
    expect(response.status).toBe(200);
    const page = await response.text();
    const authorization = { headers: { authorization: "Bearer token-of-the-tests" } };
    expect(await (await get("/", authorization)).text()).toBe(page);
    const status = (await (await askAdmin("/status")).json()) as {
      pools: { name: string; origins: { name: string }[] }[];
    };
    const names = status.pools.flatMap(({ name, origins }) => [
      name,
      ...origins.map((origin) => origin.name),
    ]);
    const words = (page.replace(/(?:src|href)="[^"]*"/g, "").match(/[\w.-]+/g) ?? []).map((word) =>
      word.toLowerCase(),
    );
    for (const secret of [...names, "tidegate", "version"]) expect(words).not.toContain(secret.toLowerCase());
  });

  it("allows its own script and style, nothing inline and nobody to frame it", async () => {
    const response = await get("/");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(policy).not.toContain("unsafe");
    const page = await response.text();
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)| on\w+=/i);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex, nofollow",
    });
  });

  it("is found without the slash too", async () => {
    const response = await get("", { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([308, "/.tidegate/admin/"]);
  });
});

describe("the dashboard's script and style", () => {
  it("come from the Worker, named by what they contain and kept for ever", async () => {
    const addresses = await loaded();
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      const [, hash, kind] =
        /^\/\.tidegate\/admin\/assets\/dashboard-([0-9a-f]{16})\.(js|css)$/.exec(address) ?? [];
      const response = await exports.default.fetch(`http://edge.test${address}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toMatch(
        kind === "js" ? /^text\/javascript;/ : /^text\/css;/,
      );
      expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
      expect(new Uint8Array(digest).toHex().slice(0, 16)).toBe(hash);
    }
  });

  it("name no other site and fit in 60 KiB as they travel", async () => {
    for (const address of await loaded()) {
      const text = await (await exports.default.fetch(`http://edge.test${address}`)).text();
      const sites = text.match(/https?:\/\/[\w.-]+/g) ?? [];
      // Namespaces of XML are names, and are fetched by nobody.
      expect(sites.filter((site) => site !== "http://www.w3.org")).toEqual([]);
      const packed = new Response(new Response(text).body?.pipeThrough(new CompressionStream("gzip")));
      expect((await packed.arrayBuffer()).byteLength).toBeLessThan(60 * 1024);
    }
  });

  it("are not found by another name", async () => {
    expect((await get("/assets/dashboard-0000000000000000.js")).status).toBe(404);
    expect((await get("/assets/constructor")).status).toBe(404);
  });
});
