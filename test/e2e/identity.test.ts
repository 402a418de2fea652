// Who the user is, on bare workerd with a real key server: a verified user lives in one region, whatever their address;
// whose token does not hold lives where their address does, and is served all the same.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type KeyServer, startKeyServer } from "../support/key-server.ts";
import { sendRaw } from "../support/raw.ts";
import { type Region, startRegions } from "../support/region.ts";
import {
  AUDIENCE,
  bytesOf,
  claimsOf,
  ISSUER,
  newKey,
  newWeakRsaKey,
  nowSeconds,
  SHARED_SECRET,
  type SigningKey,
  secretKey,
  sign,
  signedWithBytes,
  unsigned,
  withOtherSignature,
} from "../support/tokens.ts";

const ADDRESSES = Array.from({ length: 40 }, (_, index) => `203.0.113.${index + 1}`);

let regions: Region[];
let keyServer: KeyServer;
let rsa: SigningKey;
let ec: SigningKey;
let ed: SigningKey;
let foreign: SigningKey;
let weak: Awaited<ReturnType<typeof newWeakRsaKey>>;
let edge: Edge;
const jwt = () => ({ jwks: keyServer.url, issuer: ISSUER, audience: AUDIENCE });
const configWith = (identity: Record<string, unknown>) =>
  walletConfig(regions, { pool: { affinity: "user" }, identity: identity as never });

beforeAll(async () => {
  [rsa, ec, ed, foreign] = await Promise.all([
    newKey("RS256", "rsa"),
    newKey("ES256", "ec"),
    newKey("EdDSA", "ed"),
    newKey("RS256", "rsa"),
  ]);
  weak = await newWeakRsaKey("weak");
  [regions, keyServer] = await Promise.all([
    startRegions("hk", "sg", "fra"),
    startKeyServer([rsa, ec, ed, weak]),
  ]);
  edge = await startEdge({
    config: configWith({
      jwt: jwt(),
      api_keys: { sha256: { partner: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" } },
      opaque: { cookie: "sid" },
    }),
  });
});

interface Served {
  status: number;
  region: string | null;
}

async function ask(headers: Record<string, string>, url = edge.url): Promise<Served> {
  const response = await fetch(`${url}/api/balance`, { headers });
  await response.body?.cancel();
  return { status: response.status, region: response.headers.get("x-region") };
}
const from = (address: string, authorization?: string, url?: string) =>
  ask(
    { "CF-Connecting-IP": address, ...(authorization === undefined ? {} : { Authorization: authorization }) },
    url,
  );

/** Where each address lives by itself. */
const homesByAddress = (authorization?: string, url?: string) =>
  Promise.all(ADDRESSES.map((address) => from(address, authorization, url)));

/** Every address with this credential comes to one region: the user's. */
async function expectOneUser(authorization: string, url?: string): Promise<void> {
  const served = await homesByAddress(authorization, url);
  expect(new Set(served.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(served.map(({ region }) => region)).size).toBe(1);
}

/** Every address with this credential is served where it would be without. */
async function expectAnonymous(authorization: string, url?: string): Promise<void> {
  expect(await homesByAddress(authorization, url)).toEqual(await homesByAddress(undefined, url));
}

describe("a user with a token", () => {
  it("lives in one region whatever their address, for every algorithm", async () => {
    expect(new Set((await homesByAddress()).map(({ region }) => region)).size).toBe(3);
    for (const key of [rsa, ec, ed]) await expectOneUser(`Bearer ${await sign(key, claimsOf("alice"))}`);
  });

  it("lives in the same region with every token of theirs, and other users elsewhere", async () => {
    const homes = new Set<string | null>();
    for (let user = 0; user < 30; user++) {
      const tokens = await Promise.all([rsa, ec, ed].map((key) => sign(key, claimsOf(`user-${user}`))));
      const served = await Promise.all(
        tokens.map((token, index) => from(ADDRESSES[index] ?? "", `Bearer ${token}`)),
      );
      expect(new Set(served.map(({ region }) => region)).size).toBe(1);
      homes.add(served[0]?.region ?? null);
    }
    expect(homes.size).toBe(3);
  });

  it("with a shared secret too", async () => {
    const shared = await startEdge({
      config: configWith({ jwt: { algorithms: ["HS256"], issuer: ISSUER, audience: AUDIENCE } }),
      env: { TIDEGATE_JWT_SECRET: SHARED_SECRET },
    });
    await expectOneUser(`Bearer ${await sign(secretKey(), claimsOf("alice"))}`, shared.url);
    const other = secretKey("another-secret-of-the-tests-0123456789abcdef");
    await expectAnonymous(`Bearer ${await sign(other, claimsOf("alice"))}`, shared.url);
    await expectAnonymous(`Bearer ${await sign(rsa, claimsOf("alice"))}`, shared.url);
    await expectAnonymous(`Bearer ${unsigned({ alg: "none" }, claimsOf("alice"))}`, shared.url);
  });
});

describe("a partner with an API key", () => {
  it("lives in one region, and nobody does with a wrong one", async () => {
    const homes = async (key: string) => {
      const served = await Promise.all(
        ADDRESSES.map((address) => ask({ "CF-Connecting-IP": address, "X-Api-Key": key })),
      );
      return served.map(({ region }) => region);
    };
    expect(new Set(await homes("test")).size).toBe(1);
    expect(await homes("tesT")).toEqual((await homesByAddress()).map(({ region }) => region));
  });
});

describe("a token that does not hold", () => {
  const good = () => claimsOf("victim-4711");
  const ATTACKS: Record<string, () => string | Promise<string>> = {
    "alg none": () => unsigned({ alg: "none" }, good()),
    "HS256 with the public key as the secret": () =>
      signedWithBytes(bytesOf(rsa.jwk.n), { alg: "HS256", kid: "rsa" }, good()),
    "another key under the same id": () => sign(foreign, good()),
    "another issuer": () => sign(rsa, claimsOf("victim-4711", { iss: "https://evil.example/" })),
    "another audience": () => sign(rsa, claimsOf("victim-4711", { aud: "admin" })),
    expired: () => sign(rsa, claimsOf("victim-4711", { exp: nowSeconds() - 10 })),
    "not valid yet": () => sign(rsa, claimsOf("victim-4711", { nbf: nowSeconds() + 60 })),
    unsigned: async () => `${(await sign(rsa, good())).replace(/\.[^.]*$/, "")}.`,
    truncated: async () => (await sign(rsa, good())).slice(0, -20),
    "one bit changed": async () => withOtherSignature(await sign(ec, good()), 7),
    "a key id that is a path": () => sign(rsa, good(), { kid: "../../../etc/passwd" }),
    "its own key": () => sign(foreign, good(), { jwk: foreign.jwk }),
    "its own key set": () => sign(foreign, good(), { jku: `${keyServer.url}?evil` }),
    crit: async () => sign(rsa, good(), { crit: ["b64"], b64: true }),
    "a user that is no text": () => sign(rsa, claimsOf({ id: "victim-4711" })),
    "encrypted inside": () => sign(rsa, good(), { enc: "A256GCM", cty: "JWT" }),
    "a weak key": () => weak.sign(good()),
    "ten kilobytes": () => sign(rsa, claimsOf("victim-4711", { pad: "x".repeat(10_000) })),
  };

  it.each(Object.entries(ATTACKS))("%s: is as good as none", async (_, forge) => {
    await expectAnonymous(`Bearer ${await forge()}`);
  });

  it("of a megabyte never makes the edge fail", async () => {
    const token = unsigned({ alg: "RS256", kid: "rsa" }, { pad: "x".repeat(1_000_000) }, "AAAA");
    const lines = ["GET /api/balance HTTP/1.1", "Host: a", `Authorization: Bearer ${token}`, "", ""];
    // The runtime itself may close the connection on such a head, while it is still being written.
    const answer = await sendRaw(edge.url, lines.join("\r\n")).catch(() => undefined);
    expect(answer?.status ?? 400).toBeLessThan(500);
    expect((await from(ADDRESSES[0] ?? "")).status).toBe(200);
  });

  it("twice in one request is none", async () => {
    const token = await sign(rsa, good());
    await expectAnonymous(`Bearer ${token}, Bearer ${token}`);
  });
});

describe("a thousand key ids that nobody published", () => {
  beforeEach(async () => {
    // The edge has its keys.
    await from("203.0.113.1", `Bearer ${await sign(rsa, claimsOf("alice"))}`);
  });

  it("cost at most one more question to the key server, and no request fails", async () => {
    const before = keyServer.asked;
    const tokens = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => sign(ed, claimsOf("eve"), { kid: `made-up-${index}` })),
    );
    for (let start = 0; start < tokens.length; start += 50) {
      const served = await Promise.all(
        tokens.slice(start, start + 50).map((token) => from("203.0.113.1", `Bearer ${token}`)),
      );
      expect(new Set(served.map(({ status }) => status))).toEqual(new Set([200]));
    }
    expect(keyServer.asked - before).toBeLessThanOrEqual(1);
  });
});

describe("what the edge writes", () => {
  it("holds no token, no key and no user", async () => {
    const token = await sign(rsa, claimsOf("visible-user-0815"));
    await from("203.0.113.1", `Bearer ${token}`);
    await ask({ "CF-Connecting-IP": "203.0.113.1", "X-Api-Key": "visible-api-key-0815" });
    const output = edge.process().output();
    expect(output).not.toMatch(/visible-(user|api-key)-0815|victim-4711|alice/);
    expect(output).not.toContain(token.slice(0, 60));
    expect(output).not.toMatch(/eyJ[\w-]{10}/);
  });
});
