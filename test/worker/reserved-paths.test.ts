import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { controlStub } from "../../src/config/env.ts";
import { bundleOf, walletToml } from "./support.ts";

const origin = vi.fn<typeof fetch>();
const get = (url: string, init?: RequestInit) => exports.default.fetch(new Request(url, init));
let visitors = 0;
const asOperator = { headers: { authorization: `Bearer ${env.TIDEGATE_ADMIN_TOKEN}` } };

beforeEach(async () => {
  await controlStub(env).adopt(bundleOf("tests", 4_000_000_000_000), walletToml({ hk: 1 }));
  origin.mockReset();
  origin.mockImplementation(async () => new Response("from the origin"));
  vi.spyOn(globalThis, "fetch").mockImplementation(origin);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the path /.tidegate", () => {
  it.each([
    "/.tidegate/admin/api/status",
    "/%2etidegate//admin/api/status",
    "/%2Etidegate/admin/api/status",
    "/.%74idegate/admin/api/status",
    "/%2e%74%69%64%65%67%61%74%65/%61dmin/api/status",
    "//.tidegate///admin//api/status",
    "/./.tidegate/./admin/api/status",
    "/api/../.tidegate/admin/api/status",
    "/api/%2e%2e/.tidegate/admin/api/status",
    "/.tidegate/x/../admin/api/status",
  ])("is the operators' in the spelling %s, and never an origin's", async (path) => {
    // An address of its own each: wrong tokens count by it.
    visitors += 1;
    const stranger = { headers: { "cf-connecting-ip": `203.0.113.${visitors}` } };
    expect((await get(`http://edge.test${path}`, stranger)).status).toBe(401);
    const response = await get(`http://edge.test${path}`, asOperator);
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty("pools");
    expect(origin).not.toHaveBeenCalled();
  });

  it.each(["http://edge.test", "https://wallet.example", "http://127.0.0.1:8787", "http://[::1]"])(
    "is reserved on every host: %s",
    async (host) => {
      const response = await get(`${host}/.tidegate/health`);
      expect(await response.text()).toBe("ok\n");
      expect(origin).not.toHaveBeenCalled();
    },
  );

  it.each(["/.tidegate", "/.tidegate/", "/.tidegate/nothing-here", "/.tidegate/problems/nothing-here"])(
    "has nothing at %s and says so itself",
    async (path) => {
      const response = await get(`http://edge.test${path}`);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
      expect(origin).not.toHaveBeenCalled();
    },
  );

  it("explains the edge's own problems", async () => {
    const response = await get("http://edge.test/.tidegate/problems/outcome-unknown");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("may or may not have been carried out");
  });

  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "is reserved for the method %s",
    async (method) => {
      await get("http://edge.test/.tidegate/admin/api/status", { method });
      expect(origin).not.toHaveBeenCalled();
    },
  );
});

describe("other paths", () => {
  it.each(["/api/balance", "/.tidegatex/admin", "/tidegate/admin", "/api/.tidegate/admin", "/.well-known/x"])(
    "are the origins': %s",
    async (path) => {
      expect(await (await get(`http://edge.test${path}`)).text()).toBe("from the origin");
      expect(origin).toHaveBeenCalledTimes(1);
    },
  );

  it("do not carry the operators' token to an origin unless the client sends it there", async () => {
    await get("http://edge.test/api/balance");
    const headers = new Headers(origin.mock.calls[0]?.[1]?.headers);
    expect([...headers.values()].join("\n")).not.toContain(env.TIDEGATE_ADMIN_TOKEN);
  });
});
