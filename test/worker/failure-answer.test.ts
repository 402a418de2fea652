// What people get where there is no answer, and what programs get: in the runtime.
import { describe, expect, it } from "vitest";
import { failureAnswer } from "../../src/edge/failure-answer.ts";
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
