import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { identityKey } from "../../src/policy/identity-key.ts";
import {
  AUDIENCE,
  base64url,
  bytesOf,
  claimsOf,
  ISSUER,
  newKey,
  newWeakRsaKey,
  nowSeconds,
  type PublicAlgorithm,
  SHARED_SECRET,
  type SigningKey,
  secretKey,
  sign,
  signedWithBytes,
  unsigned,
  withOtherSignature,
} from "../support/tokens.ts";
import { ADDRESS, JWT, newIdentifyingEdge } from "./identify.ts";

const START_MS = 1_800_000_000_000;
const BY_ADDRESS = { kind: "address", key: identityKey(["address", ADDRESS]), address: ADDRESS };
const byToken = (user: string, issuer = ISSUER) => ({
  kind: "jwt",
  key: identityKey(["jwt", issuer, user]),
  address: ADDRESS,
});

const ALGORITHMS: readonly PublicAlgorithm[] = ["RS256", "ES256", "EdDSA"];
let keys: Record<PublicAlgorithm, SigningKey>;
let weak: Awaited<ReturnType<typeof newWeakRsaKey>>;
let foreign: SigningKey;
beforeAll(async () => {
  const [rsa, ec, ed] = await Promise.all(ALGORITHMS.map((alg) => newKey(alg, alg.toLowerCase())));
  if (rsa === undefined || ec === undefined || ed === undefined) throw new Error("no keys");
  keys = { RS256: rsa, ES256: ec, EdDSA: ed };
  weak = await newWeakRsaKey("weak");
  foreign = await newKey("RS256", "rs256");
});

let output: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  output = [];
  for (const method of ["log", "warn", "error", "info", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void output.push(words.join(" ")));
  }
  vi.spyOn(globalThis, "fetch").mockImplementation(async () =>
    Response.json({ keys: [...Object.values(keys).map(({ jwk }) => jwk), weak.jwk, forEncryption()] }),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A key that is for something else than tokens. */
const forEncryption = () => ({ ...keys.ES256.jwk, kid: "encryption", use: "enc" });
const edge = () => newIdentifyingEdge({ jwt: JWT });

describe("a good token", () => {
  it.each(ALGORITHMS)("signed with %s names its user", async (alg) => {
    expect(await (await edge()).bearer(await sign(keys[alg], claimsOf("alice")))).toMatchObject(
      byToken("alice"),
    );
  });

  it("waits for nothing from the second request on, and asks nobody", async () => {
    const fresh = await edge();
    const token = await sign(keys.ES256, claimsOf("alice"));
    expect((await fresh.bearer(token)).waited).toBe(true);
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect(await fresh.bearer(token)).toMatchObject({ ...byToken("alice"), waited: false });
    expect(verify).not.toHaveBeenCalled();
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("may be for several audiences, and name its user by a whole number", async () => {
    const claims = claimsOf(4711, { aud: ["other", AUDIENCE] });
    expect(await (await edge()).bearer(await sign(keys.RS256, claims))).toMatchObject(byToken("4711"));
  });

  it("may come without a key id, or without a type, or as an access token (RFC 9068)", async () => {
    const fresh = await edge();
    const plain = await sign(keys.EdDSA, claimsOf("alice"), { kid: undefined });
    expect(await fresh.bearer(plain)).toMatchObject(byToken("alice"));
    const access = await sign(keys.EdDSA, claimsOf("bob"), { typ: "at+jwt" });
    expect(await fresh.bearer(access)).toMatchObject(byToken("bob"));
  });

  it("is found by the scheme in any case", async () => {
    const token = await sign(keys.ES256, claimsOf("alice"));
    expect(await (await edge()).ask({ Authorization: `bEARER ${token}` })).toMatchObject(byToken("alice"));
  });

  it("comes before an API key and a session", async () => {
    const sha256 = { partner: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" };
    const all = await newIdentifyingEdge({ jwt: JWT, api_keys: { sha256 }, opaque: { cookie: "sid" } });
    const others = { "X-Api-Key": "test", Cookie: "sid=abc" };
    expect(await all.bearer(await sign(keys.ES256, claimsOf("alice")), others)).toMatchObject(
      byToken("alice"),
    );
    expect(await all.bearer("no.token.atall", others)).toMatchObject({
      kind: "api-key",
      key: identityKey(["api-key", "partner"]),
    });
    expect(await all.bearer("no.token.atall", { Cookie: "sid=abc" })).toMatchObject({
      kind: "session",
      key: identityKey(["session", "abc"]),
    });
  });

  it("counts until it expires, also from memory, with five seconds for clocks that differ", async () => {
    const fresh = await edge();
    const token = await sign(keys.ES256, claimsOf("alice", { exp: START_MS / 1000 + 60 }));
    expect(await fresh.bearer(token)).toMatchObject(byToken("alice"));
    vi.setSystemTime(START_MS + 64_999);
    expect(await fresh.bearer(token)).toMatchObject(byToken("alice"));
    vi.setSystemTime(START_MS + 65_000);
    expect(await fresh.bearer(token)).toMatchObject(BY_ADDRESS);
  });

  it("counts from `nbf` on, five seconds for clocks that differ", async () => {
    const fresh = await edge();
    const token = await sign(keys.ES256, claimsOf("alice", { nbf: START_MS / 1000 + 60 }));
    expect(await fresh.bearer(token)).toMatchObject(BY_ADDRESS);
    vi.setSystemTime(START_MS + 55_000);
    expect(await fresh.bearer(token)).toMatchObject(byToken("alice"));
  });
});

describe("a bad token is as good as none", () => {
  const good = () => claimsOf("victim");
  const header = (more: object = {}) => ({ alg: "RS256", kid: "rs256", ...more });
  const rsaBytes = () => new TextEncoder().encode(JSON.stringify(keys.RS256.jwk));
  const modulus = () => bytesOf(keys.RS256.jwk.n);
  const signed = (more: Record<string, unknown>, claims = good()) => sign(keys.RS256, claims, more);
  const without = (claim: string) => {
    const { [claim]: _, ...claims } = good();
    return claims;
  };

  const ATTACKS: readonly (readonly [string, () => string | Promise<string>])[] = [
    ["alg none", () => unsigned({ alg: "none" }, good())],
    ["alg None with a signature", () => unsigned({ alg: "None" }, good(), "AAAA")],
    ["no alg", () => unsigned({ kid: "rs256" }, good(), "AAAA")],
    [
      "HS256 with the public key's text as the secret",
      () => signedWithBytes(rsaBytes(), header({ alg: "HS256" }), good()),
    ],
    [
      "HS256 with the modulus as the secret",
      () => signedWithBytes(modulus(), header({ alg: "HS256" }), good()),
    ],
    ["RS256 in the header over an HMAC", () => signedWithBytes(modulus(), header(), good())],
    ["an algorithm that is not allowed", () => unsigned(header({ alg: "PS256" }), good(), "AAAA")],
    [
      "an algorithm that is an object's property",
      () => unsigned(header({ alg: "constructor" }), good(), "AAAA"),
    ],
    ["a list of algorithms", () => unsigned(header({ alg: ["RS256"] }), good(), "AAAA")],
    ["another issuer's key with the same id", () => sign(foreign, good())],
    ["the EC key's id on an RSA signature", () => signed({ kid: "es256" })],
    ["another issuer", () => signed({}, claimsOf("victim", { iss: "https://evil.example/" }))],
    ["a list of issuers", () => signed({}, claimsOf("victim", { iss: [ISSUER] }))],
    ["no issuer", () => signed({}, without("iss"))],
    ["another audience", () => signed({}, claimsOf("victim", { aud: "admin" }))],
    ["an audience that begins the same", () => signed({}, claimsOf("victim", { aud: `${AUDIENCE}-admin` }))],
    ["no audience", () => signed({}, without("aud"))],
    ["expired", () => signed({}, claimsOf("victim", { exp: nowSeconds() - 6 }))],
    ["no expiry", () => signed({}, without("exp"))],
    ["an expiry that is text", () => signed({}, claimsOf("victim", { exp: "4102444800" }))],
    ["not valid yet", () => signed({}, claimsOf("victim", { nbf: nowSeconds() + 60 }))],
    ["unsigned", async () => `${(await signed({})).split(".").slice(0, 2).join(".")}.`],
    ["two parts", async () => (await signed({})).split(".").slice(0, 2).join(".")],
    ["a truncated signature", async () => (await signed({})).slice(0, -8)],
    ["a signature of zeros", async () => unsigned(header(), good(), "A".repeat(342))],
    [
      "claims of another token",
      async () => (await signed({})).replace(/\.[^.]+\./, `.${base64url(JSON.stringify(good()))}x.`),
    ],
    ["kid as a path", () => signed({ kid: "../../rs256" })],
    ["kid as a query", () => signed({ kid: "rs256' OR '1'='1" })],
    ["kid of megabytes", () => unsigned(header({ kid: "k".repeat(1_000_000) }), good(), "AAAA")],
    ["kid as a number", () => signed({ kid: 7 })],
    ["kid as a property", () => signed({ kid: "__proto__" })],
    ["its own key in jwk", () => sign(foreign, good(), { jwk: foreign.jwk })],
    ["jwk beside the right key", () => signed({ jwk: keys.RS256.jwk })],
    ["jku", () => signed({ jku: "https://evil.example/jwks.json" })],
    ["x5u", () => signed({ x5u: "https://evil.example/cert.pem" })],
    ["crit", () => unsigned(header({ crit: ["exp"], exp: 1 }), good(), "AAAA")],
    ["b64 false", () => signed({ crit: ["b64"], b64: true })],
    ["compressed", () => signed({ zip: "DEF" })],
    ["a logout token", () => signed({ typ: "logout+jwt" })],
    ["encrypted (five parts)", () => "eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA.AAAA.AAAA"],
    ["a nested encrypted token", async () => signedRaw("eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA", { cty: "JWT" })],
    ["claims that are a list", () => signedRaw("[1]")],
    ["claims that are no JSON", () => signedRaw("{")],
    [
      "an expiry that never comes",
      () => signedRaw(JSON.stringify(good()).replace(/"exp":\d+/, '"exp":1e999')),
    ],
    ["a user that is a list", () => signed({}, claimsOf(["victim"]))],
    ["a user that is an object", () => signed({}, claimsOf({ id: "victim" }))],
    ["a user that is true", () => signed({}, claimsOf(true))],
    ["an empty user", () => signed({}, claimsOf(""))],
    ["no user", () => signed({}, without("sub"))],
    ["half a user", () => signed({}, claimsOf(1.5))],
    ["a number that is not exact", () => signed({}, claimsOf(2 ** 53))],
    ["a user of 257 characters", () => signed({}, claimsOf("v".repeat(257)))],
    ["a user of half a character", () => signed({}, claimsOf("\ud800"))],
    ["a weak RSA key", () => weak.sign(good())],
    ["a key for encryption", () => sign({ ...keys.ES256, kid: "encryption" }, good())],
    ["a megabyte", () => unsigned(header(), { ...good(), pad: "x".repeat(1_000_000) }, "AAAA")],
    ["signed well, but more than 8 KiB", () => signed({}, claimsOf("victim", { pad: "x".repeat(8192) }))],
  ];

  async function signedRaw(payload: string, more: object = {}): Promise<string> {
    const text = `${base64url(JSON.stringify(header(more)))}.${base64url(payload)}`;
    const bytes = new TextEncoder().encode(text);
    const made = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", keys.RS256.privateKey as CryptoKey, bytes);
    return `${text}.${base64url(String.fromCharCode(...new Uint8Array(made)))}`;
  }

  it.each(ATTACKS)("%s", async (_, forge) => {
    const fresh = await edge();
    const token = await forge();
    expect(await fresh.bearer(token)).toMatchObject(BY_ADDRESS);
    expect(await fresh.bearer(token)).toMatchObject(BY_ADDRESS);
    await fresh.settled();
    expect(output.join("\n")).not.toContain("victim");
    expect(output.filter((line) => line.includes("TG3008"))).toEqual([]);
  });

  it.each(ALGORITHMS)("%s: any character of the signature changed", { timeout: 60_000 }, async (alg) => {
    const fresh = await edge();
    const token = await sign(keys[alg], claimsOf("victim"));
    const length = token.length - token.lastIndexOf(".") - 1;
    for (let at = 0; at < length; at++) {
      const { kind } = await fresh.bearer(withOtherSignature(token, at));
      expect([at, kind]).toEqual([at, "address"]);
    }
    expect(await fresh.bearer(token)).toMatchObject(byToken("victim"));
  });

  it("the same signature in another spelling", async () => {
    const fresh = await edge();
    const token = await sign(keys.ES256, claimsOf("victim"));
    // 64 bytes are 86 characters; the last four bits stand for nothing.
    for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
      const spelled = `${token.slice(0, -1)}${last}`;
      expect((await fresh.bearer(spelled)).kind).toBe(spelled === token ? "jwt" : "address");
    }
  });

  it("under another scheme, twice, or with more behind it", async () => {
    const fresh = await edge();
    const token = await sign(keys.RS256, claimsOf("victim"));
    for (const value of [
      `Basic ${token}`,
      token,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer ${token} x`,
      "Bearer",
    ]) {
      expect(await fresh.ask({ Authorization: value })).toMatchObject(BY_ADDRESS);
    }
  });

  it("is verified once in ten seconds only", async () => {
    const fresh = await edge();
    const token = withOtherSignature(await sign(keys.RS256, claimsOf("victim")), 0);
    const verify = vi.spyOn(crypto.subtle, "verify");
    for (let request = 0; request < 100; request++) await fresh.bearer(token);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(await fresh.bearer(token)).toMatchObject({ ...BY_ADDRESS, waited: false });
    vi.setSystemTime(START_MS + 10_000);
    await fresh.bearer(token);
    expect(verify).toHaveBeenCalledTimes(2);
  });
});

describe("a shared secret", () => {
  const rules = { jwt: { ...JWT, jwks: undefined, algorithms: ["HS256"] } };

  it("verifies tokens, without asking for any key set", async () => {
    const fresh = await newIdentifyingEdge(rules, { TIDEGATE_JWT_SECRET: SHARED_SECRET });
    expect(await fresh.bearer(await sign(secretKey(), claimsOf("alice")))).toMatchObject(byToken("alice"));
    expect(await fresh.bearer(await sign(secretKey(), claimsOf("alice")))).toMatchObject({ waited: false });
    expect(await fresh.bearer(await sign(secretKey("x".repeat(40)), claimsOf("eve")))).toMatchObject(
      BY_ADDRESS,
    );
    expect(await fresh.bearer(await sign(keys.RS256, claimsOf("eve")))).toMatchObject(BY_ADDRESS);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([undefined, "", "short"])("that is %j takes nobody, and says so once", async (secret) => {
    const fresh = await newIdentifyingEdge(
      rules,
      secret === undefined ? {} : { TIDEGATE_JWT_SECRET: secret },
    );
    const token = await signedWithBytes(
      new TextEncoder().encode(secret || "x"),
      { alg: "HS256" },
      claimsOf("eve"),
    );
    expect(await fresh.bearer(token)).toMatchObject(BY_ADDRESS);
    expect(await fresh.bearer(token)).toMatchObject(BY_ADDRESS);
    expect(output.filter((line) => line.includes("TG3007"))).toHaveLength(1);
  });
});
