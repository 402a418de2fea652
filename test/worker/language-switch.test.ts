// Changing the language of pages, in the runtime: by a link, kept in a cookie, back to where it was.
import { describe, expect, it } from "vitest";
import { switchLanguage } from "../../src/edge/language-switch.ts";
import { pageLanguage } from "../../src/edge/negotiate.ts";

const PATH = "/.tidegate/language";
const ask = (query: string, headers: Record<string, string> = {}, method = "GET", path = PATH) =>
  switchLanguage({
    path,
    request: new Request(`https://wallet.example${path}${query}`, { method, headers }),
  });

describe("the language switch", () => {
  it("keeps the language in a cookie of this host, and goes back to the page it was chosen on", () => {
    const answer = ask("?to=ja", { referer: "https://wallet.example/pay?to=7" });
    expect(answer?.status).toBe(303);
    expect(answer?.headers.get("location")).toBe("/pay?to=7");
    expect(answer?.headers.get("set-cookie")).toBe(
      "__Host-tidegate-lang=ja; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000",
    );
    expect(answer?.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    "https://evil.example/pay",
    "https://wallet.example//evil.example",
    "https://wallet.example/\\evil.example",
    "javascript:alert(1)",
    "not an address",
    "",
  ])("goes to the start where the page is none of this host: %s", (referer) => {
    const location = ask("?to=ja", { referer })?.headers.get("location") ?? "";
    expect(new URL(location, "https://wallet.example").origin).toBe("https://wallet.example");
    expect(location).toBe("/");
  });

  it.each(["?to=xx", "?to=__proto__", "?to=ja%0d%0aSet-Cookie:a=b", "?to=", ""])(
    "keeps nothing of %s",
    (query) => {
      expect(ask(query)?.headers.has("set-cookie")).toBe(false);
      expect(ask(query)?.status).toBe(303);
    },
  );

  it("lets no other site change it", () => {
    expect(ask("?to=ja", { "sec-fetch-site": "cross-site" })?.headers.has("set-cookie")).toBe(false);
    expect(ask("?to=ja", { "sec-fetch-site": "same-origin" })?.headers.has("set-cookie")).toBe(true);
  });

  it("is for its own path, by GET", () => {
    expect(ask("?to=ja", {}, "POST")).toBeUndefined();
    expect(ask("?to=ja", {}, "GET", "/.tidegate/health")).toBeUndefined();
  });
});

describe("the language of a page", () => {
  it.each([
    ["__Host-tidegate-lang=ja", "fr", "ja"],
    ["a=b; __Host-tidegate-lang=zh-TW", "fr", "zh-TW"],
    ["__Host-tidegate-lang=xx", "fr", "fr"],
    ["__Host-tidegate-lang=constructor", "fr", "fr"],
    ["", "fr", "fr"],
  ])("with the cookie %j and Accept-Language %s is %s", (cookie, accepted, language) => {
    const headers = { cookie, "accept-language": accepted };
    expect(pageLanguage({ request: new Request("https://wallet.example/", { headers }) })).toBe(language);
  });
});
