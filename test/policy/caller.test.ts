import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  apiKeyKey,
  callerKeys,
  jwtKey,
  keyOfAddress,
  sessionKey,
  unverifiedCaller,
} from "../../src/policy/caller.ts";
import { identityKey } from "../../src/policy/identity-key.ts";

const keyOf = (address: string | undefined, cookies?: string) =>
  unverifiedCaller(address, cookies, "sid").key;

describe("a caller", () => {
  it("is known by the session, whatever the address", () => {
    expect(keyOf("203.0.113.7", "sid=abc")).toBe(keyOf("198.51.100.1", "theme=dark; sid=abc"));
    expect(keyOf(undefined, "sid=abc")).toBe(keyOf("203.0.113.7", "sid=abc"));
  });

  it("is another one with another session", () => {
    expect(keyOf("203.0.113.7", "sid=abc")).not.toBe(keyOf("203.0.113.7", "sid=abd"));
  });

  it("is known by the address when there is no session, an empty one, or none is asked for", () => {
    const byAddress = keyOf("203.0.113.7");
    expect(byAddress).toBeDefined();
    expect(keyOf("203.0.113.7", "theme=dark")).toBe(byAddress);
    expect(keyOf("203.0.113.7", "sid=")).toBe(byAddress);
    expect(unverifiedCaller("203.0.113.7", "sid=abc", undefined).key).toBe(byAddress);
  });

  it("is another one at another IPv4 address", () => {
    expect(keyOf("203.0.113.7")).not.toBe(keyOf("203.0.113.8"));
  });

  it("is the same within an IPv6 /64 and another one outside it", () => {
    expect(keyOf("2001:db8:1:2::1")).toBe(keyOf("2001:DB8:1:2:ffff:0:0:9"));
    expect(keyOf("2001:db8:1:2::1")).not.toBe(keyOf("2001:db8:1:3::1"));
  });

  it("is the same with an IPv4 address and with the same one mapped into IPv6", () => {
    expect(keyOf("::ffff:203.0.113.7")).toBe(keyOf("203.0.113.7"));
  });

  it("is nobody without a session and without an address", () => {
    const nobody = { address: undefined, key: undefined, kind: "unknown" };
    expect(unverifiedCaller(undefined, undefined, "sid")).toEqual(nobody);
    expect(unverifiedCaller("unknown", undefined, "sid")).toEqual(nobody);
  });

  it("is said to be known by a session or by an address", () => {
    expect(unverifiedCaller("203.0.113.7", "sid=abc", "sid").kind).toBe("session");
    expect(unverifiedCaller("203.0.113.7", undefined, "sid").kind).toBe("address");
  });

  it("keeps the whole address beside the session, for the origin to see", () => {
    expect(unverifiedCaller("2001:db8::9", "sid=abc", "sid").address).toBe("2001:db8::9");
  });

  it("cannot pass for an address by what the session says", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (address, claimed) => {
        expect(keyOf(address, `sid=${claimed}`)).not.toBe(keyOf(claimed));
        const key = keyOf(claimed) ?? "";
        expect(keyOf(address, `sid=${key}`)).not.toBe(key);
      }),
    );
  });

  it("is known by the beginning of an overlong session, so that its key stays short", () => {
    const long = "x".repeat(1_000_000);
    expect(keyOf(undefined, `sid=${long}`)).toBe(keyOf(undefined, `sid=${long}y`));
    expect(keyOf(undefined, `sid=${long}`)?.length).toBeLessThan(300);
  });
});

describe("the keys of proofs", () => {
  const text = fc.string({ unit: fc.constantFrom(..."0123456789:abjwt-") });

  it("differ between kinds of proof, issuers and users", () => {
    fc.assert(
      fc.property(text, text, text, text, (issuer, user, otherIssuer, other) => {
        fc.pre(user !== other);
        expect(jwtKey(issuer, user)).not.toBe(jwtKey(otherIssuer, other));
        const keys = [jwtKey(undefined, user), apiKeyKey(user), sessionKey(user), keyOfAddress("192.0.2.1")];
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it("are those that limits count by", () => {
    expect(jwtKey("https://id.example/", "alice")).toBe(identityKey(["jwt", "https://id.example/", "alice"]));
    expect(jwtKey(undefined, "alice")).toBe(identityKey(["jwt", "", "alice"]));
    expect(apiKeyKey("partner")).toBe(identityKey(["api-key", "partner"]));
    expect(sessionKey("abc")).toBe(identityKey(["session", "abc"]));
    expect(keyOfAddress("2001:db8::9")).toBe(identityKey(["address", "2001:db8::/64"]));
  });
});

describe("a user named in words", () => {
  const rules = {
    jwt: { issuer: "https://id.example/" },
    api_keys: { sha256: { partner: "0".repeat(64) } },
    opaque: { cookie: "sid" },
  };

  it("may be a token's user, a key's holder or a session", () => {
    expect(callerKeys(rules, "partner")).toEqual([
      jwtKey("https://id.example/", "partner"),
      apiKeyKey("partner"),
      sessionKey("partner"),
    ]);
    expect(callerKeys(rules, "constructor")).not.toContain(apiKeyKey("constructor"));
    expect(callerKeys({}, "alice")).toEqual([]);
  });

  it.each(["2001:DB8::1", "2001:db8::/64", "[2001:db8:0:0:9::]"])("may be the address %s", (address) => {
    expect(callerKeys({}, address)).toEqual([keyOfAddress("2001:db8::")]);
  });

  it("has the key that a request of theirs gets", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        expect(callerKeys({}, address)).toEqual([unverifiedCaller(address, undefined, undefined).key]);
      }),
    );
  });
});
