import { afterEach, describe, expect, it, vi } from "vitest";
import { identityKey } from "../../src/policy/identity-key.ts";
import { ADDRESS, newIdentifyingEdge } from "./identify.ts";

/** SHA-256 of "test". */
const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const API_KEYS = { header: "X-Partner-Key", sha256: { partner: HASH.toUpperCase(), other: "0".repeat(64) } };
const BY_ADDRESS = { kind: "address", key: identityKey(["address", ADDRESS]), address: ADDRESS };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an API key", () => {
  const partner = { kind: "api-key", key: identityKey(["api-key", "partner"]), address: ADDRESS };

  it("names its holder, from the second request on without a hash", async () => {
    const edge = await newIdentifyingEdge({ api_keys: API_KEYS });
    expect(await edge.ask({ "X-Partner-Key": "test" })).toMatchObject(partner);
    const digest = vi.spyOn(crypto.subtle, "digest");
    expect(await edge.ask({ "x-partner-key": "test" })).toMatchObject({ ...partner, waited: false });
    expect(digest).not.toHaveBeenCalled();
  });

  it.each(["", "wrong", HASH, "test, test", "t".repeat(513), "constructor", "partner"])(
    "that is %j is nobody's, and is hashed once at most",
    async (value) => {
      const edge = await newIdentifyingEdge({ api_keys: API_KEYS });
      expect(await edge.ask({ "X-Partner-Key": value })).toMatchObject(BY_ADDRESS);
      expect(await edge.ask({ "X-Partner-Key": value })).toMatchObject({ ...BY_ADDRESS, waited: false });
    },
  );

  it("in another field is none", async () => {
    const edge = await newIdentifyingEdge({ api_keys: API_KEYS });
    expect(await edge.ask({ "X-Api-Key": "test" })).toMatchObject({ ...BY_ADDRESS, waited: false });
  });

  it("counts no more once the configuration has another hash", async () => {
    const edge = await newIdentifyingEdge({ api_keys: API_KEYS });
    expect(await edge.ask({ "X-Partner-Key": "test" })).toMatchObject(partner);
    edge.take({ api_keys: { ...API_KEYS, sha256: { partner: "1".repeat(64) } } });
    expect(await edge.ask({ "X-Partner-Key": "test" })).toMatchObject(BY_ADDRESS);
  });
});

describe("a configuration without proofs to verify", () => {
  it("makes no request wait, whatever it presents", async () => {
    const edge = await newIdentifyingEdge({ opaque: { cookie: "sid" } });
    const headers = { Authorization: "Bearer a.b.c", "X-Api-Key": "test" };
    expect(await edge.ask({ ...headers, Cookie: "sid=abc" })).toEqual({
      kind: "session",
      key: identityKey(["session", "abc"]),
      address: ADDRESS,
      waited: false,
    });
    expect(await edge.ask(headers)).toEqual({ ...BY_ADDRESS, waited: false });
    expect(await edge.ask({ "CF-Connecting-IP": "none" })).toEqual({
      kind: "unknown",
      key: undefined,
      address: undefined,
      waited: false,
    });
  });
});
