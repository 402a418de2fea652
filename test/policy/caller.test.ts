import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identifyCaller } from "../../src/policy/caller.ts";

const keyOf = (address: string | undefined, cookies?: string) => identifyCaller(address, cookies, "sid").key;

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
    expect(identifyCaller("203.0.113.7", "sid=abc", undefined).key).toBe(byAddress);
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
    expect(identifyCaller(undefined, undefined, "sid")).toEqual({ address: undefined, key: undefined });
    expect(identifyCaller("unknown", undefined, "sid")).toEqual({ address: undefined, key: undefined });
  });

  it("keeps the whole address beside the session, for the origin to see", () => {
    expect(identifyCaller("2001:db8::9", "sid=abc", "sid").address).toBe("2001:db8::9");
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
