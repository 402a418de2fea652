// The key server's faults, seen from users: no error, no wait beyond a second, and keys that go on working.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { startEdge } from "../support/edge.ts";
import { buildFaultBundle, startFaultEdge } from "../support/fault-edge.ts";
import { type KeyServer, type KeyServerMode, startKeyServer } from "../support/key-server.ts";
import { type Region, startRegions } from "../support/region.ts";
import { AUDIENCE, claimsOf, ISSUER, newKey, type SigningKey, sign } from "../support/tokens.ts";

/** A second for the keys, and what a machine under test may add. */
const LONGEST_MS = 1_500;
/** Any two fetches are so far apart at least. */
const MINUTE_MS = 60_000;
const ADDRESSES = Array.from({ length: 20 }, (_, index) => `203.0.113.${index + 1}`);

let regions: Region[];
let keyServer: KeyServer;
let key: SigningKey;
beforeAll(async () => {
  [key, regions] = await Promise.all([newKey("ES256", "first"), startRegions("hk", "sg", "fra")]);
});
beforeEach(async () => {
  keyServer = await startKeyServer([key]);
});

const config = () =>
  walletConfig(regions, {
    pool: { affinity: "user" },
    identity: { jwt: { jwks: keyServer.url, issuer: ISSUER, audience: AUDIENCE } },
  });

/** An edge that has not asked for keys yet. */
async function coldEdge() {
  const edge = await startEdge({ config: config() });
  return { output: () => edge.process().output(), ...askedAt(edge.url) };
}

/** Another one, whose clock goes on when the test says so. */
async function timedEdge() {
  const edge = await startFaultEdge(await buildFaultBundle(), 1, config());
  return { later: (skewMs: number) => edge.set(0, { skewMs }), ...askedAt(edge.urls[0] ?? "") };
}

function askedAt(url: string) {
  const ask = async (address: string, token?: string) => {
    const startedAtMs = performance.now();
    const response = await fetch(`${url}/api/balance`, {
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
    /** One request from each address at once. */
    askAll: (token?: string) => Promise.all(ADDRESSES.map((address) => ask(address, token))),
    /** Each with a key id of its own. */
    askStrange: (tokens: readonly string[]) =>
      Promise.all(tokens.map((token, index) => ask(`198.51.100.${index + 1}`, token))),
  };
}
type Asked = ReturnType<typeof askedAt>;

async function isKnown(edge: Asked, token: string): Promise<boolean> {
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
  const madeUp = (round: number) =>
    Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        sign({ ...key, kid: `made-up-${round}-${index}` }, claimsOf("eve")),
      ),
    );

  it("go on working when the key server is down, and are asked for once a minute, whatever key ids come", async () => {
    const edge = await timedEdge();
    const [first, second] = [await sign(key, claimsOf("alice")), await sign(key, claimsOf("bob"))];
    expect(await isKnown(edge, first)).toBe(true);
    expect(keyServer.asked).toBe(1);

    keyServer.mode = "down";
    await edge.later(MINUTE_MS);
    expect(await isKnown(edge, second)).toBe(true);
    for (const round of [1, 2, 3]) {
      for (const { status } of await edge.askStrange(await madeUp(round))) expect(status).toBe(200);
    }
    expect(keyServer.asked).toBe(2);
    expect(await isKnown(edge, first)).toBe(true);

    // Half a minute after the last time nobody asks, though the server is back and knows another key.
    keyServer.mode = "ok";
    const next = await newKey("RS256", "next");
    keyServer.keys = [key, next];
    const token = await sign(next, claimsOf("carol"));
    await edge.later(1.5 * MINUTE_MS);
    await edge.askStrange(await madeUp(4));
    expect(await isKnown(edge, token)).toBe(false);
    expect(keyServer.asked).toBe(2);

    // A minute after it, the first that needs the new key brings it for all.
    await edge.later(2 * MINUTE_MS);
    expect(await isKnown(edge, token)).toBe(true);
    expect(await isKnown(edge, first)).toBe(true);
    await edge.askStrange(await madeUp(5));
    expect(keyServer.asked).toBe(3);
  });
});
