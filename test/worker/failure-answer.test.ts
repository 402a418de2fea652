// What people get where there is no answer, and what programs get: in the runtime.
import { createExecutionContext, env } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { serve } from "../../src/app.ts";
import { edgeFailed, failureAnswer } from "../../src/edge/failure-answer.ts";
import { WORDS } from "../../src/pages/languages.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const visit = (headers: Record<string, string>, method = "GET") => ({
  id: "visit-1",
  request: new Request("https://wallet.example/pay", { method, headers }),
});

describe("no answer", () => {
  it.each([
    ["busy", 503, WORDS.en.failure.busyTitle],
    ["no-origin", 503, WORDS.en.failure.busyTitle],
    ["origin-unreachable", 502, WORDS.en.failure.downTitle],
    ["origin-timeout", 504, WORDS.en.failure.lateTitle],
    ["outcome-unknown", 504, WORDS.en.failure.unknownTitle],
    ["internal-error", 500, WORDS.en.failure.errorTitle],
    ["not-configured", 503, WORDS.en.failure.busyTitle],
  ] as const)("%s is a page for people and a problem for programs", async (name, status, title) => {
    const page = failureAnswer(visit({ accept: BROWSER, "accept-language": "en" }), name, {
      "retry-after": "5",
    });
    expect(page.status).toBe(status);
    expect(page.headers.get("retry-after")).toBe("5");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(await page.text()).toContain(`<h1>${title}</h1>`);
    for (const accept of ["*/*", "application/json", ""]) {
      const problem = failureAnswer(visit({ accept }), name);
      expect(problem.status).toBe(status);
      expect(problem.headers.get("content-type")).toBe("application/problem+json");
    }
  });

  it("to a WebSocket's handshake is never a page", () => {
    const answer = failureAnswer(visit({ accept: BROWSER, upgrade: "websocket" }), "busy");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  it("to a payment says in Chinese not to pay again, and to look first", async () => {
    const answer = failureAnswer(
      visit({ accept: BROWSER, "accept-language": "zh-CN" }, "POST"),
      "outcome-unknown",
    );
    const html = await answer.text();
    for (const text of ["请不要重复支付", "先查看余额和交易记录。", "请先不要再次支付。"])
      expect(html).toContain(text);
    expect(html).not.toContain("没有扣款");
  });
});

describe("an edge that fails itself", () => {
  /** Every binding is there; the first look at the flood guard fails, in the middle of the stages. */
  const broken = new Proxy(env, {
    get(target, name) {
      if (name === "FLOOD_GUARD") throw new Error("a fault of the edge");
      return Reflect.get(target, name);
    },
  });
  const ask = (method: string, headers: Record<string, string>) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    return serve(visit(headers, method).request, broken, createExecutionContext());
  };
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("offers people another try where that does no harm", async () => {
    const page = await ask("GET", { accept: BROWSER, "accept-language": "en" });
    expect([page.status, page.headers.get("cache-control")]).toEqual([500, "no-store"]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain(`<h1>${WORDS.en.failure.errorTitle}</h1>`);
    expect(html).toContain(WORDS.en.again.link);
    expect(html).not.toContain(WORDS.en.nothingTaken);
  });

  it.each([
    ["POST", {}],
    ["PUT", {}],
    ["GET", { "x-http-method-override": "POST" }],
  ])("tells people not to pay again after a %s with %j", async (method, more) => {
    const page = await ask(method, { accept: BROWSER, "accept-language": "en", ...more });
    expect(page.status).toBe(500);
    const html = await page.text();
    for (const words of [`<h1>${WORDS.en.failure.unknownTitle}</h1>`, WORDS.en.failure.look])
      expect(html).toContain(words);
    for (const words of [WORDS.en.nothingTaken, WORDS.en.again.link, WORDS.en.again.back])
      expect(html).not.toContain(words);
  });

  it.each(["application/json", "*/*"])("tells programs that accept %s the problem", async (accept) => {
    const answer = await ask("POST", { accept });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
    expect(await answer.json()).toMatchObject({
      status: 500,
      requestId: expect.stringMatching(/^[0-9a-f]+$/),
    });
  });

  it("says the problem where even the page cannot be made", async () => {
    const snapshot = {
      get page(): never {
        throw new Error("a fault of the page");
      },
    };
    const answer = edgeFailed({ ...visit({ accept: BROWSER }), snapshot });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
  });
});
