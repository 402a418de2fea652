// Where an Analytics Engine dataset is bound, each request is a data point of it, with nothing of the user.

import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serve } from "../../src/app.ts";
import { controlStub } from "../../src/config/env.ts";
import { bundleOf, walletToml } from "./support.ts";

const points: AnalyticsEngineDataPoint[] = [];
const bound = { ...env, ANALYTICS: { writeDataPoint: (point = {}) => void points.push(point) } };

beforeEach(async () => {
  await controlStub(env).adopt(bundleOf("tests", 4_000_000_000_000), walletToml({ hk: 1 }));
  points.length = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("from the origin"));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const ask = (url: string, init?: RequestInit) =>
  serve(new Request(url, init), bound, createExecutionContext());

describe("a request as a data point", () => {
  it("tells route, decision, class and origin, and three durations", async () => {
    await ask("http://edge.test/users/planted-user?card=4000056655665556", {
      headers: { cookie: "sid=planted" },
    });
    expect(points).toEqual([
      {
        indexes: ["/*"],
        blobs: ["/*", "proxied", "2xx", "hk"],
        doubles: [expect.any(Number), expect.any(Number), expect.any(Number), 1],
      },
    ]);
    expect(JSON.stringify(points)).not.toMatch(/planted|4000/);
  });

  it("is made of what never reached an origin too", async () => {
    await ask("http://edge.test/.tidegate/health");
    expect(points).toMatchObject([{ indexes: [""], blobs: ["", "reserved", "2xx", ""] }]);
  });

  it("is not made where nothing is bound", async () => {
    await serve(new Request("http://edge.test/"), env, createExecutionContext());
    expect(points).toEqual([]);
  });
});
