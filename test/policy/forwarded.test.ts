import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forwardableHost, forwardedValue } from "../../src/policy/forwarded.ts";

describe("Forwarded", () => {
  it.each([
    // RFC 7239 §4 and §6: IPv6 in brackets and quotes, `unknown`, quotes around what is no token.
    ["192.0.2.43", "pay.example", "https", "for=192.0.2.43;host=pay.example;proto=https"],
    ["2001:db8:cafe::17", "pay.example", "http", 'for="[2001:db8:cafe::17]";host=pay.example;proto=http'],
    [undefined, "pay.example", "http", "for=unknown;host=pay.example;proto=http"],
    ["192.0.2.43", "pay.example:8080", "http", 'for=192.0.2.43;host="pay.example:8080";proto=http'],
    ["192.0.2.43", "[::1]:80", "http", 'for=192.0.2.43;host="[::1]:80";proto=http'],
    ["192.0.2.43", "a(b)=c", "http", 'for=192.0.2.43;host="a(b)=c";proto=http'],
    // A host that no Host field may hold is not repeated.
    ["192.0.2.43", 'a";for=6.6.6.6', "http", "for=192.0.2.43;proto=http"],
    ["192.0.2.43", "user@evil", "http", "for=192.0.2.43;proto=http"],
    ["192.0.2.43", "", "http", "for=192.0.2.43;proto=http"],
  ])("for %s at %s by %s", (clientAddress, host, scheme, value) => {
    expect(forwardedValue({ clientAddress, host, scheme })).toBe(value);
  });

  it("is one well-formed element for any host", () => {
    const pair = '(?:for|host|proto)=(?:[\\w!#$%&\'*+\\-.^`|~]+|"[^"\\\\]*")';
    const element = new RegExp(`^${pair}(?:;${pair}){1,2}$`);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(...'a.:[]";, =\\') })),
        (host) => {
          const value = forwardedValue({ clientAddress: "192.0.2.43", host, scheme: "https" });
          expect(element.test(value)).toBe(true);
        },
      ),
    );
  });
});

describe("X-Forwarded-Host", () => {
  it("is the host, if it is one", () => {
    expect(forwardableHost("pay.example:8080")).toBe("pay.example:8080");
    expect(forwardableHost("pay.example\r\nX: y")).toBeUndefined();
  });
});
