// What the platform itself records of a request, on the real runtime: Analytics Engine's points, and OpenTelemetry's spans.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { type Platform, type Point, startPlatform, type TailEvent } from "../support/platform.ts";
import { type Region, startRegion } from "../support/region.ts";
import { ROOT } from "../support/root.ts";

const PATH = "/api/balance";
const CARD = "4000056655665556";

let hk: Region;
let platform: Platform;
beforeAll(async () => {
  hk = await startRegion("hk");
  platform = await startPlatform(walletConfig([{ name: "hk", url: hk.url }]));
  const answer = await fetch(`${platform.url}${PATH}?card=${CARD}`, {
    headers: { cookie: "sid=planted-user" },
  });
  expect(answer.status).toBe(200);
}, 60_000);

const textOf = (bytes: unknown) => Buffer.from(bytes as number[]).toString();
const isOfRequest = (point: Point) => textOf(point.index1) === "/*";

/** The whole trace of the one request. */
const trace = (): readonly TailEvent[] =>
  platform.traces.find(([onset]) => JSON.stringify(onset?.event.info).includes(PATH)) ?? [];
const attributes = (): Record<string, unknown> =>
  Object.fromEntries(
    trace()
      .filter(({ event }) => event.type === "attributes")
      .flatMap(({ event }) => event.info as { name: string; value: unknown }[])
      .map(({ name, value }) => [name, value]),
  );

describe("Analytics Engine, as workerd binds it", () => {
  it("gets one point of the request: route, decision, class, origin and durations, and nothing of the user", async () => {
    await expect.poll(() => platform.points.filter(isOfRequest).length).toBe(1);
    const [point = {}] = platform.points.filter(isOfRequest);
    expect([point.blob1, point.blob2, point.blob3, point.blob4].map(textOf)).toEqual([
      "/*",
      "proxied",
      "2xx",
      "hk",
    ]);
    const [total, edge, origin, attempts] = [point.double1, point.double2, point.double3, point.double4].map(
      Number,
    );
    expect(attempts).toBe(1);
    expect(total).toBeGreaterThanOrEqual(Math.max(edge ?? 0, origin ?? 0));
    const all = JSON.stringify(point, (_, value) => (Array.isArray(value) ? textOf(value) : value));
    expect(all).not.toMatch(/planted|balance|card|4000/);
  });
});

describe("the platform's spans", () => {
  it("are there for the request without a line of ours: its origin's answer, in one trace", async () => {
    await expect.poll(() => trace().length).toBeGreaterThan(0);
    const names = trace().flatMap(({ event }) => (event.type === "spanOpen" ? [event.name] : []));
    expect(names).toContain("fetch");
    expect(new Set(trace().map(({ spanContext }) => spanContext.traceId)).size).toBe(1);
    expect(attributes()).toMatchObject({
      "http.request.method": "GET",
      "http.response.status_code": expect.anything(),
    });
  });

  it("have the whole address, which is why wrangler.toml leaves them off, and no cookie", async () => {
    await expect.poll(() => trace().length).toBeGreaterThan(0);
    expect(attributes()["url.full"]).toBe(`${new URL(hk.url).origin}${PATH}?card=${CARD}`);
    const [, ...rest] = trace();
    expect(JSON.stringify(rest)).not.toContain("planted-user");
    const wrangler = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    expect(wrangler).toMatch(/^traces = \{ enabled = false/m);
    expect(wrangler).toMatch(/^redact_query_string = true/m);
    expect(wrangler).toMatch(/^logs = \{ enabled = true, invocation_logs = false \}/m);
  });

  it("tell of Control's work as calls of an object", async () => {
    const ofControl = () =>
      platform.traces.filter(([onset]) => onset?.event.executionModel === "durableObject").flat();
    await expect.poll(() => JSON.stringify(ofControl())).toContain('"exchange"');
  });
});
