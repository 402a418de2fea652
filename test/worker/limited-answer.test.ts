// The answers of a limit, as workerd renders them.
import { describe, expect, it } from "vitest";
import { type Denial, limitedAnswer, limiterDownAnswer } from "../../src/edge/limited-answer.ts";
import { type Language, WORDS } from "../../src/pages/languages.ts";

const DENIAL: Denial = {
  retryAfterMs: 2_400,
  violated: ["per-user"],
  policyField: '"per-user";q=60;w=3',
  limitField: '"per-user";r=0;t=3',
};
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

const asking = (headers: Record<string, string> = {}, method = "GET", path = "/api/pay") => ({
  id: "visit-1",
  request: new Request(`https://edge.example${path}`, { method, headers }),
});
const limited = (headers?: Record<string, string>, denial: Partial<Denial> = {}, method?: string) =>
  limitedAnswer(asking(headers, method), { ...DENIAL, ...denial });
const isPage = (response: Response) => response.headers.get("content-type") === "text/html; charset=utf-8";

describe("a request over its limit", () => {
  it("gets 429 with both fields, the wait in whole seconds, and the policies that it broke", async () => {
    const response = limited({}, { violated: ["per-user", "per-address"] });
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      "ratelimit-policy": '"per-user";q=60;w=3',
      ratelimit: '"per-user";r=0;t=3',
      "retry-after": "3",
      vary: "Accept, Accept-Language",
    });
    expect(await response.json()).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Quota Exceeded",
      status: 429,
      detail: "Too many requests came in a short time. This one was not sent on, and nothing was taken.",
      requestId: "visit-1",
      "violated-policies": ["per-user", "per-address"],
    });
  });

  it.each([
    [0, "1"],
    [50, "1"],
    [1_000, "1"],
    [1_001, "2"],
    [3_600_000, "3600"],
    [1e21, "999999999999999"],
  ])("that may come again in %d ms is told %s s", (retryAfterMs, seconds) => {
    expect(limited({}, { retryAfterMs }).headers.get("retry-after")).toBe(seconds);
  });

  it("that never refills is told so, and no time", async () => {
    const program = limited({}, { retryAfterMs: undefined });
    expect(program.headers.has("retry-after")).toBe(false);
    expect(await program.json()).toMatchObject({ detail: expect.stringContaining("does not come back") });
    const reader = limited({ accept: BROWSER, "accept-language": "en" }, { retryAfterMs: undefined });
    expect(reader.headers.has("retry-after")).toBe(false);
    expect(await reader.text()).toContain(WORDS.en.usedUp.why);
  });

  it.each([BROWSER, ""])("by HEAD has the same fields and no body (Accept: %s)", async (accept) => {
    const head = limited({ accept }, {}, "HEAD");
    expect(head.status).toBe(429);
    expect(head.body).toBeNull();
    const fields = (response: Response) => [...response.headers.keys()];
    expect(fields(head)).toEqual(fields(limited({ accept })));
  });
});

describe("who gets a page", () => {
  it.each([
    [BROWSER, true],
    ["text/html", true],
    ["TEXT/HTML; charset=utf-8", true],
    ["text/html;q=0.5, application/json;q=0.4", true],
    ["text/html;q=0.5, application/json;q=0.6", false],
    ["text/html;q=0.8, application/problem+json", false],
    ["text/html;q=0", false],
    ["application/json, text/plain, */*", false],
    ["application/json", false],
    ["*/*", false],
    ["", false],
    ['text/html;x="\\', true],
    [",;,;q=,,", false],
  ])("Accept: %s: %s", (accept, page) => {
    expect(isPage(limited({ accept }))).toBe(page);
  });
});

describe("the page", () => {
  const read = (language: string, method = "GET", path?: string) => {
    const headers = { accept: BROWSER, "accept-language": language };
    return limitedAnswer(asking(headers, method, path), DENIAL);
  };

  it("keeps everything that an answer of a limit says, and lets itself load nothing", async () => {
    const response = read("en");
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /'nonce-([0-9a-f]{32})'/.exec(policy)?.[1] ?? "none";
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "no-store",
      "content-language": "en",
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "content-type": "text/html; charset=utf-8",
      "ratelimit-policy": '"per-user";q=60;w=3',
      ratelimit: '"per-user";r=0;t=3',
      "referrer-policy": "no-referrer",
      "retry-after": "3",
      vary: "Accept, Accept-Language, Accept-Encoding, Cookie",
      "x-content-type-options": "nosniff",
    });
    const html = await response.text();
    expect(html).toContain(`<style nonce="${nonce}">`);
    expect(html).toContain(`<script nonce="${nonce}">`);
    expect(html).toContain('data-seconds="3">3 seconds</span>');
  });

  it("has a nonce of its own each time", () => {
    const policies = [read("en"), read("en")].map((page) => page.headers.get("content-security-policy"));
    expect(new Set(policies).size).toBe(2);
  });

  it.each<[string, Language]>([
    ["", "zh-CN"],
    ["zh-HK,zh;q=0.9,en;q=0.8", "zh-TW"],
    ["en;q=0.3, ja;q=0.9", "ja"],
    ["ko;q=0, es;q=0.1", "es"],
    ["ar-SA", "ar"],
    ["fr", "fr"],
    ["de-AT,de;q=0.9", "en"],
    ["ko-KR", "ko"],
  ])("in Accept-Language: %s is in %s", async (wanted, language) => {
    const response = read(wanted);
    expect(response.headers.get("content-language")).toBe(language);
    const html = await response.text();
    expect(html).toContain(`<html lang="${language}" dir="${language === "ar" ? "rtl" : "ltr"}">`);
    expect(html).toContain(WORDS[language].limited.whyCaller);
    const three = new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "long" });
    expect(html, "this runtime knows the language").toContain(`>${three.format(3)}</span>`);
  });

  it.each(["POST", "PUT", "DELETE"])(
    "of a %s offers no link: it would ask something else",
    async (method) => {
      const html = await read("en", method).text();
      expect(html).toContain(WORDS.en.again.submit);
      expect(html).not.toContain("<a ");
    },
  );

  it.each([
    '"><script>alert(1)</script>',
    "en\"'><img src=x onerror=alert(1)>;q=1",
    "x".repeat(10_000),
    `${"a,".repeat(5_000)}zh-TW`,
  ])("shows nothing of a hostile Accept-Language", async (wanted) => {
    const response = read(wanted);
    expect(response.status).toBe(429);
    const html = await response.text();
    expect(html.replaceAll(/nonce="[0-9a-f]{32}"/g, "")).toBe(
      (await read(response.headers.get("content-language") ?? "").text()).replaceAll(
        /nonce="[0-9a-f]{32}"/g,
        "",
      ),
    );
  });

  it.each([
    "//evil.example/x",
    "/\\evil.example",
    '/"><script>alert(1)</script>',
    "/?next=javascript:alert(1)",
  ])("leads to its own address and nowhere else, whatever was asked: %s", async (path) => {
    const html = await read("en", "GET", path).text();
    expect(html).not.toMatch(/evil|alert|javascript/);
    expect([...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, target]) => target?.split("?")[0])).toEqual([
      ...Array(7).fill("/.tidegate/language"),
      "",
    ]);
  });
});

describe("a limit that cannot be asked and is closed", () => {
  it("gets 503, an early return, and no field that would be a guess", async () => {
    const waits = new Set<string | null>();
    for (let request = 0; request < 200; request++) {
      waits.add(limiterDownAnswer(asking()).headers.get("retry-after"));
    }
    expect([...waits].sort()).toEqual(["1", "2", "3", "4", "5"]);
    const response = limiterDownAnswer(asking());
    expect(response.status).toBe(503);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.has("ratelimit")).toBe(false);
    expect(await response.json()).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      status: 503,
      requestId: "visit-1",
    });
  });

  it("has a page for people", async () => {
    const response = limiterDownAnswer(asking({ accept: BROWSER, "accept-language": "zh-TW" }));
    expect(response.status).toBe(503);
    const html = await response.text();
    expect(html).toContain(WORDS["zh-TW"].limiterDown.why);
    expect(html).toContain(`data-seconds="${response.headers.get("retry-after")}"`);
  });
});
