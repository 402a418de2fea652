import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEEWAY_SECONDS, namedUser } from "../../src/policy/jwt-claims.ts";
import { keysFor, verificationKeys } from "../../src/policy/jwt-keys.ts";
import { bearerToken, MAX_CREDENTIALS_LENGTH, tokenHeader } from "../../src/policy/jwt-token.ts";

describe("a token in Authorization", () => {
  it("is what stands behind Bearer, in three parts", () => {
    expect(bearerToken("Bearer aaaa.bbbb.cccc")).toBe("aaaa.bbbb.cccc");
    expect(bearerToken("bearer   aaaa.bbbb.cccc")).toBe("aaaa.bbbb.cccc");
  });

  it.each([
    "",
    "Bearer",
    "Bearer ",
    "Beareraaaa.bbbb.cccc",
    "Basic aaaa.bbbb.cccc",
    "aaaa.bbbb.cccc",
    "Bearer aaaa.bbbb",
    "Bearer aaaa.bbbb.",
    "Bearer aaaa..cccc",
    "Bearer .bbbb.cccc",
    "Bearer aaaa.bbbb.cccc.dddd.eeee",
    "Bearer aaaa.bbbb.cccc, Bearer aaaa.bbbb.cccc",
    "Bearer aaaa.bbbb.cccc=",
    "Bearer aaaa.bb+b.cccc",
    "Bearer aaaa.bbbb.cccc\n",
    "Bearer aaaa.bbbb.ccccé",
    // A part of five characters is none; the spare bits of the last character are not zero.
    "Bearer aaaa.bbbb.ccccd",
    "Bearer aaaa.bbbb.cB",
    "Bearer aaaa.bbbb.ccB",
  ])("is not %j", (value) => expect(bearerToken(value)).toBeUndefined());

  it("is at most 8 KiB long with its scheme", () => {
    const of = (length: number) => `Bearer aaaa.bbbb.${"c".repeat(length - "Bearer aaaa.bbbb.".length)}`;
    const longest = MAX_CREDENTIALS_LENGTH - 3;
    expect(bearerToken(of(longest))).toHaveLength(longest - "Bearer ".length);
    expect(bearerToken(of(longest + 4))).toBeUndefined();
  });

  it("has one spelling for each content", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.nat(), (bytes, at) => {
        const part = Buffer.from(bytes).toString("base64url");
        expect(bearerToken(`Bearer aaaa.bbbb.${part}`)).toBeDefined();
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const other = part.slice(0, -1) + alphabet[at % alphabet.length];
        const isSameContent = Buffer.from(other, "base64url").equals(Buffer.from(bytes));
        if (isSameContent && other !== part) expect(bearerToken(`Bearer aaaa.bbbb.${other}`)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a token's header", () => {
  const ALLOWED = ["RS256", "EdDSA"] as const;

  it("names one of the allowed algorithms, and perhaps a key", () => {
    expect(tokenHeader({ alg: "RS256" }, ALLOWED)).toEqual({ alg: "RS256", kid: undefined });
    expect(tokenHeader({ alg: "EdDSA", kid: "k", typ: "JWT", x5t: "x" }, ALLOWED)).toEqual({
      alg: "EdDSA",
      kid: "k",
    });
    expect(tokenHeader({ alg: "EdDSA", typ: "application/AT+jwt" }, ALLOWED)).toBeDefined();
  });

  it.each([
    [null],
    ["RS256"],
    [{}],
    [{ alg: "ES256" }],
    [{ alg: "rs256" }],
    [{ alg: "none" }],
    [{ alg: "RS256", kid: "" }],
    [{ alg: "RS256", kid: null }],
    [{ alg: "RS256", kid: "k".repeat(257) }],
    [{ alg: "RS256", typ: 1 }],
    [{ alg: "RS256", typ: "dpop+jwt" }],
    [{ alg: "RS256", crit: [] }],
    [{ alg: "RS256", b64: true }],
    [{ alg: "RS256", jku: undefined }],
  ])("is refused as %j", (header) => expect(tokenHeader(header, ALLOWED)).toBeUndefined());

  it("never gives an algorithm that is not allowed, whatever it is", () => {
    fc.assert(
      fc.property(fc.object({ key: fc.constantFrom("alg", "kid", "typ", "jwk"), maxDepth: 1 }), (header) => {
        const found = tokenHeader(header, ALLOWED);
        if (found !== undefined) expect(ALLOWED).toContain(found.alg);
      }),
    );
  });
});

describe("the user that claims name", () => {
  it("is a text or a whole number, until the expiry and the leeway", () => {
    expect(namedUser({ sub: "alice", exp: 100 }, "sub")).toEqual({
      user: "alice",
      endsAtMs: (100 + LEEWAY_SECONDS) * 1000,
    });
    expect(namedUser({ uid: 7, exp: 1.5 }, "uid")?.user).toBe("7");
    expect(namedUser({ "https://x/uid": "旺", exp: 1 }, "https://x/uid")?.user).toBe("旺");
  });

  it.each(["toString", "__proto__", "constructor"])("is nobody by the claim %s", (claim) => {
    expect(namedUser({ exp: 1 }, claim)).toBeUndefined();
  });

  it("is well formed and short, or nobody, whatever the claims hold", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (sub, exp) => {
        const named = namedUser({ sub, exp }, "sub");
        if (named === undefined) return;
        expect(named.user).toBe(String(sub));
        expect(named.user.length).toBeLessThanOrEqual(256);
        expect(named.user.isWellFormed()).toBe(true);
        expect(Number.isFinite(named.endsAtMs)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a key set", () => {
  const rsa = { kty: "RSA", n: "z".repeat(342), e: "AQAB" };
  const ec = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) };
  const ed = { kty: "OKP", crv: "Ed25519", x: "x".repeat(43) };
  const keysOf = (...keys: unknown[]) => verificationKeys({ keys });

  it("gives each kind of key its one algorithm, and nothing but what is public", () => {
    const [first, second, third] =
      keysOf({ ...rsa, kid: "a", x5c: ["…"] }, ec, { ...ed, alg: "EdDSA" }) ?? [];
    expect(first).toEqual({ kid: "a", alg: "RS256", jwk: rsa });
    expect(second).toEqual({ kid: undefined, alg: "ES256", jwk: ec });
    expect(third).toEqual({ kid: undefined, alg: "EdDSA", jwk: ed });
  });

  it.each([
    ["a shared secret", { kty: "oct", k: "AAAA" }],
    ["a private key", { ...ec, d: "AAAA" }],
    ["a key for encryption", { ...rsa, use: "enc" }],
    ["a key that may not verify", { ...rsa, key_ops: ["encrypt"] }],
    ["a key of another algorithm", { ...rsa, alg: "RS512" }],
    ["an RSA key of 1,024 bits", { ...rsa, n: "z".repeat(171) }],
    ["an RSA key that zeros make long", { ...rsa, n: "A".repeat(171) + "z".repeat(171) }],
    ["an RSA key of 16,384 bits", { ...rsa, n: "z".repeat(2731) }],
    ["another curve", { ...ec, crv: "P-384" }],
    ["a curve for agreement", { ...ed, crv: "X25519" }],
    ["a key without its numbers", { kty: "RSA", e: "AQAB" }],
    ["a key with a number for an id", { ...ec, kid: 1 }],
    ["a key whose members are inherited", Object.create(ec)],
  ])("leaves out %s", (_, key) => {
    expect(keysOf(key)).toBeUndefined();
    expect(keysOf(key, ed)).toHaveLength(1);
  });

  it("is bounded: 64 keys, four of them for one token", () => {
    const many = keysOf(...Array.from({ length: 1000 }, () => ({ ...ed, kid: "same" }))) ?? [];
    expect(many).toHaveLength(64);
    expect(keysFor(many, { alg: "EdDSA", kid: "same" })).toHaveLength(4);
  });

  it("gives a token the keys of its algorithm and of its key id", () => {
    const keys = keysOf({ ...rsa, kid: "a" }, { ...ec, kid: "a" }, { ...ec, kid: "b" }) ?? [];
    const idsOf = (kid?: string) => keysFor(keys, { alg: "ES256", kid }).map((key) => key.kid);
    expect(idsOf("a")).toEqual(["a"]);
    expect(idsOf()).toEqual(["a", "b"]);
    expect(idsOf("c")).toEqual([]);
  });

  it("is read without an error, whatever it is", () => {
    fc.assert(
      fc.property(fc.anything(), (document) => {
        verificationKeys(document);
        verificationKeys({ keys: [document] });
      }),
      { numRuns: 1000 },
    );
  });
});
