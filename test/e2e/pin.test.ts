// A pin reaches one region whatever its state, and nothing else: not another pool, not later, not for anybody without it.
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { signPin } from "../../src/config/pin-token.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegions } from "../support/region.ts";

const OLD_SECRET = "old-secret-0123456789abcdef0123456789";
const NEW_SECRET = "new-secret-0123456789abcdef0123456789";
const HOUR_MS = 3_600_000;

let hk: Region;
let edge: Edge;
let rotated: Edge;
let secretless: Edge;

beforeAll(async () => {
  const regions = await startRegions("hk", "sg", "fra");
  const [first] = regions;
  if (first === undefined) throw new Error("no region");
  hk = first;
  const iso = (atMs: number) => new Date(atMs).toISOString();
  const config = {
    pools: [pool("wallet", regions), pool("other", regions)],
    routes: [
      { path: "/other/*", pool: "other" },
      { path: "/*", pool: "wallet" },
    ],
    identity: { opaque: { cookie: "sid" } },
    maintenance: [
      { pool: "wallet", origin: "hk", start: iso(Date.now() - HOUR_MS), end: iso(Date.now() + HOUR_MS) },
    ],
  };
  const withSecret = (TIDEGATE_SECRET: string) => startEdge({ config, env: { TIDEGATE_SECRET } });
  [edge, rotated, secretless] = await Promise.all([
    withSecret(OLD_SECRET),
    withSecret(`${NEW_SECRET}, ${OLD_SECRET}`),
    withSecret(""),
  ]);
});

interface Issued {
  header: string;
  value: string;
  expiresAtMs: number;
}
async function pin(poolName: string, origin: string, from = edge): Promise<Issued> {
  const issued = await from.cli("pin", poolName, origin, "--minutes", "10", "--json");
  expect(issued.code, issued.stderr).toBe(0);
  return JSON.parse(issued.stdout) as Issued;
}

/** A request by a user whom no other test knows. */
const send = (path: string, value: string | undefined, init: RequestInit = {}, to = edge) =>
  fetch(to.url + path, {
    ...init,
    headers: {
      Cookie: `sid=${randomUUID()}`,
      ...(value === undefined ? {} : { "Tidegate-Pin": value }),
      ...init.headers,
    },
  });

describe("tidegate pin", () => {
  it("prints a header that curl can send, and until when it holds", async () => {
    const printed = await edge.cli("pin", "wallet", "hk", "--minutes", "10");
    const value = /^Tidegate-Pin: (pin:[0-9a-f]{8}:wallet:hk:\d+:\S+)$/m.exec(printed.stdout)?.[1];
    expect(printed.stdout).toContain(`curl -i -H 'Tidegate-Pin: ${value}' ${edge.url}/`);
    const answer = await send("/api/balance", value);
    expect(answer.headers.get("x-region")).toBe("hk");
    expect(answer.headers.get("tidegate-origin")).toBe("hk");
    expect(answer.headers.get("vary")).toContain("Tidegate-Pin");
    const { expiresAtMs } = await pin("wallet", "hk");
    expect(Math.abs(expiresAtMs - Date.now() - 10 * 60_000)).toBeLessThan(5_000);
  });

  it.each([
    ["an origin that is not there", 1, ["wallet", "tyo"], "there are: hk, sg, fra"],
    ["a pool that is not there", 1, ["walet", "hk"], "there are: wallet, other"],
    ["more than an hour", 2, ["wallet", "hk", "--minutes", "61"], "1 to 60"],
  ])("refuses %s", async (_, code, words, told) => {
    const refused = await edge.cli("pin", ...words);
    expect(refused.code).toBe(code);
    expect(refused.stderr).toContain(told);
  });

  it("without a secret of the operator's goes by the one that serve keeps beside its state", async () => {
    const { value } = await pin("wallet", "hk", secretless);
    expect((await send("/api/balance", value, {}, secretless)).headers.get("x-region")).toBe("hk");
    await secretless.restart();
    expect((await send("/api/balance", value, {}, secretless)).headers.get("x-region")).toBe("hk");
  });
});

describe("a request with a pin", () => {
  it("sees the region's real answer, whatever it is, in one attempt", async () => {
    const { value } = await pin("wallet", "hk");
    await hk.resetCounts();
    for (const status of [500, 502, 503, 404]) {
      const answer = await send(`/status/${status}`, value);
      expect(answer.status).toBe(status);
      expect(answer.headers.get("x-region")).toBe("hk");
    }
    expect((await hk.counts()).requests).toBe(4);
  });

  it("pays once, and is told when the outcome is unknown", async () => {
    const { value } = await pin("wallet", "hk");
    const pay = (paymentId: string) =>
      send("/api/pay", value, {
        method: "POST",
        body: JSON.stringify({ paymentId, amount: "1.00", currency: "HKD" }),
      });
    expect((await pay("p1")).status).toBe(201);
    await hk.set({ fault: "close" });
    const unknown = await pay("p2");
    await hk.set({ fault: "none" });
    expect(unknown.status).toBe(504);
    expect(unknown.headers.get("tidegate-origin")).toBe("hk");
    expect(await unknown.json()).toMatchObject({ type: "/.tidegate/problems/outcome-unknown" });
    expect((await hk.counts()).maxPerPayment).toBe(1);
  });

  it("never shows the pin to the region, nor to any other when it is not valid", async () => {
    const { value } = await pin("wallet", "hk");
    for (const each of [value, `${value}x`]) {
      const echo = await (await send("/echo", each)).text();
      expect(echo).toContain('"headers"');
      expect(echo.toLowerCase()).not.toContain("tidegate-pin");
      expect(echo).not.toContain(value);
    }
  });

  it("counts neither for nor against the region", async () => {
    const { value } = await pin("wallet", "sg");
    for (let index = 0; index < 20; index++) await send("/status/503", value);
    const regions = await Promise.all(
      Array.from({ length: 20 }, async () => (await send("/api/balance", undefined)).headers.get("x-region")),
    );
    expect(new Set(regions)).toEqual(new Set(["sg", "fra"]));
    expect((await edge.cli("status")).stdout).toMatch(/wallet +sg +healthy +ok/);
  });

  it("reaches a drained region too", async () => {
    expect((await edge.cli("drain", "wallet", "fra", "--yes")).code).toBe(0);
    const { value } = await pin("wallet", "fra");
    await expect
      .poll(async () => (await send("/api/balance", undefined)).headers.get("x-region"))
      .not.toBe("fra");
    expect((await send("/api/balance", value)).headers.get("x-region")).toBe("fra");
    expect((await edge.cli("undrain", "wallet", "fra", "--yes")).code).toBe(0);
  });
});

describe("a pin that does not hold", () => {
  const soon = () => Date.now() + 60_000;
  const signed = async (secret: string, poolName: string, origin: string, expiresAtMs: number) =>
    (await signPin(secret, { pool: poolName, origin, expiresAtMs })) ?? "";

  it.each<[string, () => Promise<string> | string]>([
    ["one that has run out", () => signed(OLD_SECRET, "wallet", "hk", Date.now() - 1)],
    ["one of another pool", () => signed(OLD_SECRET, "other", "hk", soon())],
    ["one of an origin that is not there", () => signed(OLD_SECRET, "wallet", "tyo", soon())],
    ["one by another secret", () => signed(NEW_SECRET, "wallet", "hk", soon())],
    [
      "one with another expiry",
      async () => (await signed(OLD_SECRET, "wallet", "hk", 1)).replace(":1:", `:${soon()}:`),
    ],
    [
      "one with another origin",
      async () => (await signed(OLD_SECRET, "wallet", "sg", soon())).replace(":sg:", ":hk:"),
    ],
    [
      "one with another signature",
      async () => `${(await signed(OLD_SECRET, "wallet", "hk", soon())).slice(0, -43)}${"A".repeat(43)}`,
    ],
    [
      "one for another purpose",
      async () => (await signed(OLD_SECRET, "wallet", "hk", soon())).replace("pin:", "pass:"),
    ],
    ["two at once", async () => `${await signed(OLD_SECRET, "wallet", "hk", soon())}, x`],
    ["an empty one", () => ""],
    ["nonsense", () => "pin:::::"],
    ["a very long one", () => `pin:${"x".repeat(8_000)}`],
  ])("is as if it were not there: %s", async (_, make) => {
    const answer = await send("/api/balance", await make());
    expect(answer.status).toBe(200);
    expect(["sg", "fra"]).toContain(answer.headers.get("x-region"));
    expect(answer.headers.get("tidegate-origin")).toBeNull();
  });

  it("is none while its secret is still listed: the first signs, all verify", async () => {
    const old = await signed(OLD_SECRET, "wallet", "hk", soon());
    const { value } = await pin("wallet", "hk", rotated);
    for (const each of [old, value]) {
      expect((await send("/api/balance", each, {}, rotated)).headers.get("x-region")).toBe("hk");
    }
    expect((await send("/api/balance", value, {}, edge)).headers.get("x-region")).not.toBe("hk");
    const unsigned = await send("/api/balance", old, {}, secretless);
    expect(unsigned.status).toBe(200);
    expect(unsigned.headers.get("x-region")).not.toBe("hk");
  });
});
