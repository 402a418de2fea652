import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, canonicalAddress, clientAddress } from "../../src/policy/address.ts";

describe("the one spelling of an address", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    // RFC 5952 §4.1, §4.2.1, §4.2.2, §4.2.3, §4.3.
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8::A", "2001:db8::a"],
    // RFC 4291 §2.2.
    ["ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["0:0:0:0:0:0:13.1.68.3", "::d01:4403"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["[2001:DB8::1]", "2001:db8::1"],
    // Attack list rows 9 and 10: a mapped address is the IPv4 one, and two of them are two.
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::ffff:5.6.7.8", "5.6.7.8"],
    ["::ffff:7f00:1", "127.0.0.1"],
    ["0:0:0:0:0:FFFF:129.144.52.38", "129.144.52.38"],
    ["2001:DB8:0::1", "2001:db8::1"],
    ["::ffff:0:1.2.3.4", "::ffff:0:102:304"],
  ])("%s is %s", (text, canonical) => expect(canonicalAddress(text)).toBe(canonical));

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "0177.0.0.1",
    "01.2.3.4",
    "0x7f.0.0.1",
    "0x7f000001",
    "2130706433",
    "127.1",
    "1.2.3.4 ",
    "1.2.3.-4",
    "１.2.3.4",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "1::2::3",
    "12345::",
    "g::1",
    "::1.2.3",
    "::1.2.3.04",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    "fe80::1%eth0",
    "[fe80::1%25eth0]",
    "[1.2.3.4]",
    "[::1",
    "::1]",
    "unknown",
    "_hidden",
    "localhost",
  ])("%j is no address", (text) => expect(canonicalAddress(text)).toBeUndefined());

  it("is the one that the URL standard writes", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const canonical = canonicalAddress(text);
        if (canonical?.includes(":")) expect(`[${canonical}]`).toBe(new URL(`http://[${text}]/`).hostname);
        else expect(canonicalAddress(`::ffff:${canonical}`)).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(canonicalAddress(text)).toBe(text);
      }),
    );
  });

  it("is its own spelling, and nothing makes it throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123f:.[]%x ,") }), (text) => {
        const canonical = canonicalAddress(text);
        if (canonical !== undefined) expect(canonicalAddress(canonical)).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what an address counts as", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["::1", "::/64"],
    ["fe80::1:2:3:4", "fe80::/64"],
  ])("%s counts as %s", (address, key) => expect(addressKey(address)).toBe(key));

  it("is one for a thousand addresses of one /64 (attack list row 8), another for the next /64", () => {
    const keys = new Set<string>();
    for (let host = 0; host < 1000; host++) {
      keys.add(
        addressKey(canonicalAddress(`2001:db8:7:9:${host.toString(16)}:0:1:${host.toString(16)}`) ?? ""),
      );
    }
    expect([...keys]).toEqual(["2001:db8:7:9::/64"]);
    expect(addressKey("2001:db8:7:a::1")).not.toBe("2001:db8:7:9::/64");
  });
});

describe("the client's address in the trusted header", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["1.2.3.4", "1.2.3.4"],
    [" 1.2.3.4 ", "1.2.3.4"],
    ["1.2.3.4:56", "1.2.3.4"],
    ["1.2.3.4:65536", undefined],
    ["1.2.3.4:", undefined],
    ["1.2.3.4:x", undefined],
    ["[::1]:80", "::1"],
    ["[::1]", "::1"],
    ["[::1]:", undefined],
    ["[::1]x:80", undefined],
    ["::1", "::1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["[::ffff:1.2.3.4]:443", "1.2.3.4"],
    // The nearest proxy appended the last one; what stands before it anybody may have sent (attack list row 6).
    ["6.6.6.6, 1.2.3.4", "1.2.3.4"],
    ["6.6.6.6,\t1.2.3.4:9", "1.2.3.4"],
    ["1.2.3.4, nonsense", undefined],
    ["1.2.3.4, ", undefined],
    ["unknown", undefined],
    ["1.2.3.4\r\nX: y", undefined],
    ["localhost:80", undefined],
  ])("%j gives %s", (value, address) => expect(clientAddress(value)).toBe(address));

  it("is found behind a long list, and no long text is one", () => {
    expect(clientAddress(`${"6.6.6.6, ".repeat(5000)}1.2.3.4`)).toBe("1.2.3.4");
    expect(clientAddress("9".repeat(9000))).toBeUndefined();
    expect(clientAddress("1:".repeat(9000))).toBeUndefined();
  });

  it("is canonical or absent, whatever the header holds", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."0123f:.[]%x ,") }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const address = clientAddress(value);
        if (address !== undefined) expect(canonicalAddress(address)).toBe(address);
      }),
      { numRuns: 2000 },
    );
  });
});
