// How a request that has to wait is answered, and a poll for its place, as workerd renders them.
import { describe, expect, it } from "vitest";
import {
  noPollMethod,
  noRoom,
  noTicket,
  type QueueStanding,
  queuedAnswer,
  queueStatus,
} from "../../src/edge/queue-answer.ts";
import { type Language, WORDS } from "../../src/pages/languages.ts";

const STANDING: QueueStanding = {
  room: "main",
  state: "waiting",
  position: 12,
  ahead: 11,
  estimatedWaitSeconds: { low: 41, high: 66 },
  pollAfterSeconds: 7.2,
  ticket: "tck.t1",
};
const ADMISSION = { room: "main", state: "admitted", pass: "tck.p1" } as const;
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
const COOKIES = ["__Host-tidegate-ticket-x=t1; Path=/; Secure", "__Host-tidegate-pass-x=; Max-Age=0"];

const asking = (headers: Record<string, string> = {}, method = "GET", path = "/api/pay") => ({
  id: "visit-1",
  request: new Request(`https://edge.example${path}`, { method, headers }),
});
const queued = (
  headers?: Record<string, string>,
  {
    method = "GET",
    status = 503 as 503 | 200 | 202 | 429,
    standing = {},
    setCookies = [] as string[],
    path = "/a",
  } = {},
) => queuedAnswer(asking(headers, method, path), { ...STANDING, ...standing }, { status, setCookies });
const isPage = (response: Response) => response.headers.get("content-type") === "text/html; charset=utf-8";

describe("a program that has to wait", () => {
  it("gets its place as problem+json, with when to ask and the ticket", async () => {
    const response = queued({ accept: "application/json" });
    expect(response.status).toBe(503);
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "Retry-After, Tidegate-Ticket, Tidegate-Pass",
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      "retry-after": "8",
      "tidegate-ticket": "tck.t1",
      vary: "Accept, Accept-Language, Cookie",
      "x-content-type-options": "nosniff",
    });
    expect(await response.json()).toEqual({
      type: "/.tidegate/problems/queued",
      title: "In line",
      status: 503,
      detail: expect.stringContaining("nothing was taken"),
      requestId: "visit-1",
      ...STANDING,
    });
  });

  it.each([503, 200, 202, 429] as const)("gets the room's status %d, in the problem too", async (status) => {
    const response = queued({}, { status });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status });
  });

  it("is told when nobody can estimate, or the line stands still", async () => {
    const standing = { state: "paused", estimatedWaitSeconds: null };
    expect(await queued({}, { standing }).json()).toMatchObject(standing);
  });

  it.each([
    [0, "1"],
    [0.2, "1"],
    [2, "2"],
    [59.001, "60"],
  ])("that may ask again after %d s is told %s", (pollAfterSeconds, seconds) => {
    expect(queued({}, { standing: { pollAfterSeconds } }).headers.get("retry-after")).toBe(seconds);
  });

  it("gets nothing that it was not meant to get", async () => {
    const standing = { owner: "secret", estimatedWaitSeconds: { low: 1, high: 2, rate: 3 } };
    const text = await queued({}, { standing }).text();
    expect(text).not.toMatch(/owner|secret|rate/);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("by %s is told the same", async (method) => {
    expect(await queued({}, { method }).json()).toMatchObject({ position: 12 });
  });

  it("gets a problem, never 101, for a WebSocket's handshake, whatever it accepts", async () => {
    const response = queued({ connection: "Upgrade", upgrade: "websocket", accept: BROWSER });
    expect(response.status).toBe(503);
    expect(response.webSocket).toBeNull();
    expect(await response.json()).toMatchObject({ position: 12, ticket: "tck.t1" });
  });
});

describe("who gets the page", () => {
  it.each([
    [BROWSER, true],
    ["text/html;q=0.5, application/json;q=0.4", true],
    ["text/html;q=0.5, application/json;q=0.6", false],
    ["text/html;q=0", false],
    ["application/json, text/plain, */*", false],
    ["*/*", false],
    ["", false],
  ])("Accept: %s: %s", (accept, page) => {
    expect(isPage(queued({ accept }))).toBe(page);
  });
});

describe("the page of a queued request", () => {
  const read = (language = "en", options?: Parameters<typeof queued>[1]) =>
    queued({ accept: BROWSER, "accept-language": language }, options);

  it("has the room's status, the ticket, and may ask its own host and load nothing else", async () => {
    const response = read("en", { status: 202 });
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /'nonce-([0-9a-f]{32})'/.exec(policy)?.[1] ?? "none";
    expect(response.status).toBe(202);
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "no-store",
      "content-language": "en",
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "retry-after": "8",
      "tidegate-ticket": "tck.t1",
      vary: "Accept, Accept-Language, Accept-Encoding, Cookie",
      "x-content-type-options": "nosniff",
    });
    expect(await response.text()).toContain(`<script nonce="${nonce}">`);
  });

  it.each<[string, Language]>([
    ["", "zh-CN"],
    ["zh-HK,zh;q=0.9,en;q=0.8", "zh-TW"],
    ["en;q=0.3, ja;q=0.9", "ja"],
    ["ar-SA", "ar"],
    ["de", "en"],
  ])("in Accept-Language: %s is in %s", async (wanted, language) => {
    const response = read(wanted);
    expect(response.headers.get("content-language")).toBe(language);
    expect(await response.text()).toContain(WORDS[language].queued.check);
  });

  it("of a GET has a link to itself; of a POST it says who has to submit again", async () => {
    expect(await read().text()).toContain('href=""');
    const posted = await read("en", { method: "POST" }).text();
    expect(posted).not.toContain("<a ");
    expect(posted).toContain(WORDS.en.queued.submit);
    expect(posted).toContain(WORDS.en.nothingTaken);
  });

  it("contains nothing of the request, nor the ticket", async () => {
    const html = await read("en", { path: "/secret-path?secret=query" }).text();
    expect(html).not.toMatch(/secret|tck\.t1|visit-1/);
  });
});

describe.each([BROWSER, "application/json"])("by HEAD (Accept: %s)", (accept) => {
  it("a queued request gets the same fields and no body", () => {
    const head = queued({ accept }, { method: "HEAD" });
    expect(head.status).toBe(503);
    expect(head.body).toBeNull();
    expect([...head.headers.keys()]).toEqual([...queued({ accept }).headers.keys()]);
  });
});

describe("cookies", () => {
  it.each([BROWSER, ""])("are each set on their own, on pages and problems (Accept: %s)", (accept) => {
    expect(queued({ accept }, { setCookies: COOKIES }).headers.getSetCookie()).toEqual(COOKIES);
  });

  it("are set by a poll", () => {
    expect(queueStatus(asking(), ADMISSION, COOKIES).headers.getSetCookie()).toEqual(COOKIES);
  });
});

describe("a poll", () => {
  it("of who waits gets exactly the members of a standing", async () => {
    const response = queueStatus(asking(), STANDING, []);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "Retry-After, Tidegate-Ticket, Tidegate-Pass",
      "cache-control": "no-store",
      "content-type": "application/json",
      "retry-after": "8",
      "tidegate-ticket": "tck.t1",
      vary: "Accept, Accept-Language, Cookie",
      "x-content-type-options": "nosniff",
    });
    expect(await response.json()).toEqual(STANDING);
  });

  it("of who is admitted gets the pass and no place", async () => {
    const response = queueStatus(asking(), ADMISSION, []);
    expect(response.status).toBe(200);
    expect(response.headers.get("tidegate-pass")).toBe("tck.p1");
    expect(response.headers.has("tidegate-ticket")).toBe(false);
    expect(response.headers.has("retry-after")).toBe(false);
    expect(await response.json()).toEqual(ADMISSION);
  });

  it.each([STANDING, ADMISSION])("by HEAD gets the same fields and no body (%o)", (answer) => {
    const head = queueStatus(asking({}, "HEAD"), answer, []);
    expect(head.body).toBeNull();
    expect([...head.headers]).toEqual([...queueStatus(asking(), answer, []).headers]);
  });

  it("is JSON for a browser that is pointed at it too", () => {
    expect(queueStatus(asking({ accept: BROWSER }), STANDING, []).headers.get("content-type")).toBe(
      "application/json",
    );
  });

  it.each([
    ["a room that does not exist", noRoom, 404, "no-route"],
    ["no ticket that holds", noTicket, 404, "no-ticket"],
    ["a method that is none", noPollMethod, 405, "method-not-allowed"],
  ] as const)("for %s gets a problem that tells which", async (_, answer, status, name) => {
    const response = answer(asking());
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toMatchObject({
      type: `/.tidegate/problems/${name}`,
      status,
      requestId: "visit-1",
    });
    expect(answer(asking({}, "HEAD")).body).toBeNull();
  });

  it("by a method that is none is told which there are", () => {
    expect(noPollMethod(asking({}, "POST")).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  });
});
