// The key server's faults, seen from users: no error, no wait beyond a second, and keys that go on working.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { startEdge } from "../support/edge.ts";
import { type KeyServer, type KeyServerMode, startKeyServer } from "../support/key-server.ts";
import { type Region, startRegions } from "../support/region.ts";
import { AUDIENCE, claimsOf, ISSUER, newKey, type SigningKey, sign } from "../support/tokens.ts";

/** A second for the keys, and what a machine under test may add. */
const LONGEST_MS = 1_500;
const ADDRESSES = Array.from({ length: 20 }, (_, index) => `203.0.113.${index + 1}`);

let regions: Region[];
let keyServer: KeyServer;
let key: SigningKey;
/** An edge that got its keys before all tests: a minute passes while they run. */
let old: { edge: Cold; keyServer: KeyServer };
beforeAll(async () => {
  [key, regions] = await Promise.all([newKey("ES256", "first"), startRegions("hk", "sg", "fra")]);
  keyServer = await startKeyServer([key]);
  old = { edge: await coldEdge(), keyServer };
  expect(await isKnown(old.edge, await sign(key, claimsOf("alice")))).toBe(true);
});
beforeEach(async () => {
  keyServer = await startKeyServer([key]);
});

/** An edge that has not asked for keys yet. */
async function coldEdge() {
  const edge = await startEdge({
    config: walletConfig(regions, {
      pool: { affinity: "user" },
      identity: { jwt: { jwks: keyServer.url, issuer: ISSUER, audience: AUDIENCE } },
    }),
  });
  const ask = async (address: string, token?: string) => {
    const startedAtMs = performance.now();
    const response = await fetch(`${edge.url}/api/balance`, {
      headers: {
        "CF-Connecting-IP": address,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    await response.body?.cancel();
    const tookMs = performance.now() - startedAtMs;
    return { status: response.status, region: response.headers.get("x-region"), tookMs };
  };
  return {
    output: () => edge.process().output(),
    /** One request from each address at once. */
    askAll: (token?: string) => Promise.all(ADDRESSES.map((address) => ask(address, token))),
  };
}
type Cold = Awaited<ReturnType<typeof coldEdge>>;

async function isKnown(edge: Cold, token: string): Promise<boolean> {
  const served = await edge.askAll(token);
  for (const { status } of served) expect(status).toBe(200);
  return new Set(served.map(({ region }) => region)).size === 1;
}

describe("users of an edge without keys", () => {
  const FAULTS: readonly KeyServerMode[] = [
    "down",
    "error",
    "silent",
    "endless",
    "garbage",
    "huge",
    "redirect",
  ];
  it.each(FAULTS)("are served while the key server is %s", async (mode) => {
    const edge = await coldEdge();
    keyServer.mode = mode;
    const token = await sign(key, claimsOf("alice"));
    const served = await edge.askAll(token);
    for (const { status, tookMs } of served) {
      expect(status).toBe(200);
      expect(tookMs).toBeLessThan(LONGEST_MS);
    }
    // The next ones wait for nothing, and the server is left alone.
    for (const { tookMs } of await edge.askAll(token)) expect(tookMs).toBeLessThan(LONGEST_MS / 2);
    expect(keyServer.asked).toBe(1);
    expect(keyServer.askedElsewhere).toBe(0);
    expect(edge.output()).not.toMatch(/alice|eyJ|code had hung|TG3003|TG3008/);
  });

  it("are known once a slow key server has answered, without asking it again", async () => {
    const edge = await coldEdge();
    keyServer.delayMs = 2000;
    const token = await sign(key, claimsOf("alice"));
    for (const { status, tookMs } of await edge.askAll(token)) {
      expect(status).toBe(200);
      expect(tookMs).toBeLessThan(LONGEST_MS);
    }
    await expect.poll(() => isKnown(edge, token), { timeout: 5000 }).toBe(true);
    expect(keyServer.asked).toBe(1);
  });

  it("are all known from their first request when the key server takes a moment", async () => {
    const edge = await coldEdge();
    keyServer.delayMs = 300;
    expect(await isKnown(edge, await sign(key, claimsOf("alice")))).toBe(true);
    expect(keyServer.asked).toBe(1);
  });
});

describe("keys that an edge has", () => {
  it("go on working when the key server is down, and a new key within a minute", {
    timeout: 120_000,
  }, async () => {
    const { edge, keyServer } = old;
    keyServer.mode = "down";
    expect(await isKnown(edge, await sign(key, claimsOf("bob")))).toBe(true);

    keyServer.mode = "ok";
    const next = await newKey("RS256", "next");
    keyServer.keys = [key, next];
    const token = await sign(next, claimsOf("carol"));
    await expect.poll(() => isKnown(edge, token), { timeout: 70_000, interval: 1000 }).toBe(true);
    expect(keyServer.asked).toBe(2);
    expect(await isKnown(edge, await sign(key, claimsOf("alice")))).toBe(true);
  });
});
