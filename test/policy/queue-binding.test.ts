import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressOwner,
  type Bind,
  bindingFor,
  clientKind,
  clientOwner,
  identityOwner,
  isVerified,
  type Owners,
  ownershipOf,
  renewedBinding,
} from "../../src/policy/queue-binding.ts";

const owners = (client: string, address: string, identity?: string): Owners => ({
  identity: identity === undefined ? undefined : [identity],
  address: [address],
  client: [client],
});
const BINDS: Bind[] = ["address", "client", "none"];

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const ANDROID =
  "Mozilla/5.0 (Linux; Android 14; 23127PN0CC Build/UKQ1.230804.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.188 Mobile Safari/537.36";

describe("the kind of a client", () => {
  it.each([
    [
      "WeChat on an iPhone goes from Wi-Fi to the mobile network",
      `${IPHONE} MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN`,
      `${IPHONE} MicroMessenger/8.0.49(0x18003137) NetType/5G Language/zh_CN`,
    ],
    [
      "WeChat on Android does",
      `${ANDROID} XWEB/1260059 MMWEBSDK/20240404 MMWEBID/8833 MicroMessenger/8.0.49 WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64`,
      `${ANDROID} XWEB/1260059 MMWEBSDK/20240404 MMWEBID/8833 MicroMessenger/8.0.49 WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64`,
    ],
    [
      "Alipay does, which writes it into a comment",
      `${IPHONE} NebulaSDK/1.8.100112 Nebula AlipayDefined(nt:WIFI,ws:375|747|3.0) AliApp(AP/10.5.96.6000) AlipayClient/10.5.96.6000 Language/zh-Hans`,
      `${IPHONE} NebulaSDK/1.8.100112 Nebula AlipayDefined(nt:5G,ws:375|747|3.0) AliApp(AP/10.5.96.6000) AlipayClient/10.5.96.6000 Language/zh-Hans`,
    ],
    ["an app does that writes it as a word", "Wallet/7.1 okhttp/4.12.0 WIFI", "Wallet/7.1 okhttp/4.12.0 5G"],
    [
      "an app and the system update",
      "Wallet/812 CFNetwork/1410.1 Darwin/22.6.0",
      "Wallet/813 CFNetwork/1568.2 Darwin/24.0.0",
    ],
    ["a version stands in the name", "wallet-7.1 (Linux; Android 14)", "wallet-7.2 (Linux; Android 15)"],
  ])("stays the same when %s", (_, before, after) => {
    expect(clientKind(after)).toBe(clientKind(before));
  });

  it("tells browsers, apps and scripts apart", () => {
    const kinds = [
      undefined,
      IPHONE,
      ANDROID,
      `${IPHONE} MicroMessenger/8.0.49`,
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      "Wallet/812 CFNetwork/1410.1 Darwin/22.6.0",
      "okhttp/4.12.0",
      "curl/8.5.0",
      "python-requests/2.32.0",
    ].map(clientKind);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it("is a short text whatever the field says, found in time that grows with its length only", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (agent) => {
        expect(clientKind(agent).length).toBeLessThanOrEqual(600);
        expect(clientKind(agent)).not.toMatch(/[\d/();\n]/);
      }),
    );
    const startMs = performance.now();
    for (const piece of ["(", "()", "a-", " ", "/", "((()"]) clientKind(piece.repeat(100_000));
    expect(performance.now() - startMs).toBeLessThan(100);
  });
});

describe("owners", () => {
  it("are never one because another kind says the same", () => {
    const texts = [identityOwner("x"), addressOwner("x"), clientOwner("x"), addressOwner(undefined)];
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("by address are an IPv6 network of 64 bits", () => {
    expect(addressOwner("2001:db8::1")).toBe(addressOwner("2001:db8::ffff:2"));
    expect(addressOwner("2001:db8::1")).not.toBe(addressOwner("2001:db8:0:1::1"));
    expect(addressOwner("192.0.2.1")).not.toBe(addressOwner("192.0.2.2"));
  });

  it("are verified by a token or an API key only", () => {
    const caller = { address: undefined, key: "k" };
    expect(["jwt", "api-key"].every((kind) => isVerified({ ...caller, kind } as never))).toBe(true);
    expect(["session", "address", "unknown"].some((kind) => isVerified({ ...caller, kind } as never))).toBe(
      false,
    );
  });
});

describe("a token without a user", () => {
  const made = owners("phone", "home");

  it("follows the phone to another network by default, and to no other program", () => {
    const binding = bindingFor("client", made);
    expect(ownershipOf(binding, owners("phone", "train"))).toBe("theirs");
    expect(ownershipOf(binding, owners("script", "home"))).toBe("somebody-elses");
  });

  it("bound to the address stays there", () => {
    const binding = bindingFor("address", made);
    expect(ownershipOf(binding, owners("laptop", "home"))).toBe("theirs");
    expect(ownershipOf(binding, owners("phone", "train"))).toBe("somebody-elses");
  });

  it("bound to nothing is anybody's", () => {
    expect(bindingFor("none", made)).toBe("");
    expect(ownershipOf("", owners("script", "train"))).toBe("theirs");
  });

  it("is adopted by who logs in at the same client, and by nobody elsewhere", () => {
    const binding = bindingFor("client", made);
    expect(ownershipOf(binding, owners("phone", "train", "ann"))).toBe("to-adopt");
    expect(ownershipOf(binding, owners("script", "home", "ann"))).toBe("somebody-elses");
  });

  it("keeps what it was bound to when `bind` is changed, until it is renewed", () => {
    const binding = bindingFor("client", made);
    const renewed = renewedBinding(binding, "address", made);
    expect(ownershipOf(binding, owners("phone", "train"))).toBe("theirs");
    expect(ownershipOf(renewed, owners("phone", "train"))).toBe("somebody-elses");
    expect(ownershipOf(renewed, owners("laptop", "home"))).toBe("theirs");
  });
});

describe("a token of a user", () => {
  it.each(BINDS)("is theirs on every device and nobody else's who is logged in (bind %s)", (bind) => {
    const binding = bindingFor(bind, owners("phone", "home", "ann"));
    expect(ownershipOf(binding, owners("laptop", "office", "ann"))).toBe("theirs");
    expect(ownershipOf(binding, owners("phone", "home", "bob"))).toBe("somebody-elses");
  });

  it("still counts at the same client without the login, and nowhere else", () => {
    const binding = bindingFor("client", owners("phone", "home", "ann"));
    expect(ownershipOf(binding, owners("phone", "train"))).toBe("logged-out");
    expect(ownershipOf(binding, owners("script", "home"))).toBe("somebody-elses");
  });

  it("cannot be laundered: however often it is renewed, by whom and under which rule, it stays theirs", () => {
    const bind = fc.constantFrom(...BINDS);
    const step = fc.record({
      bind,
      client: fc.constantFrom("phone", "laptop"),
      address: fc.constantFrom("home", "train"),
      identity: fc.constantFrom(undefined, "ann", "bob", "eve"),
    });
    fc.assert(
      fc.property(bind, fc.array(step, { maxLength: 12 }), (first, steps) => {
        let binding = bindingFor(first, owners("phone", "home", "ann"));
        for (const { bind: rule, client, address, identity } of steps) {
          const shown = owners(client, address, identity);
          const ownership = ownershipOf(binding, shown);
          expect(ownership).not.toBe("to-adopt");
          if (identity !== undefined)
            expect(ownership).toBe(identity === "ann" ? "theirs" : "somebody-elses");
          if (ownership !== "somebody-elses") binding = renewedBinding(binding, rule, shown);
        }
        expect(ownershipOf(binding, owners("new", "new", "ann"))).toBe("theirs");
      }),
    );
  });

  it("is nobody's when it says what this release does not know", () => {
    for (const binding of ["x1", "cphone.x1", ".", "toString", "c", "1"]) {
      expect(ownershipOf(binding, owners("phone", "home"))).toBe("somebody-elses");
    }
  });
});
