// What programs of other origins may read of a room.
import { describe, expect, it } from "vitest";
import { isPreflight, pollOptions, queuedAnswer, queueStatus } from "../../src/edge/queue-answer.ts";

const STANDING = {
  room: "main",
  state: "waiting",
  position: 1,
  ahead: 0,
  estimatedWaitSeconds: null,
  pollAfterSeconds: 2,
  ticket: "t1",
} as const;
const FOREIGN = { origin: "https://evil.example", cookie: "__Host-tidegate-ticket-x=t1" };
const asking = (method: string, headers: Record<string, string>) => ({
  id: "visit-1",
  request: new Request("https://edge.example/a", { method, headers }),
});

describe("a program of another origin", () => {
  it.each([
    [
      "a queued request",
      () => queuedAnswer(asking("GET", FOREIGN), STANDING, { status: 503, setCookies: [] }),
    ],
    ["a poll", () => queueStatus(asking("GET", FOREIGN), STANDING, [])],
    [
      "an admission",
      () => queueStatus(asking("GET", FOREIGN), { room: "main", state: "admitted", pass: "p1" }, []),
    ],
    ["a preflight of a poll", () => pollOptions()],
  ])("may read %s, but no browser lets it where cookies were sent", (_, answer) => {
    const { headers } = answer();
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.has("access-control-allow-credentials")).toBe(false);
  });

  it("may send its ticket, its pass and its token with a poll", async () => {
    const response = pollOptions();
    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-headers": "Authorization, Tidegate-Ticket, Tidegate-Pass",
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-origin": "*",
      "access-control-max-age": "7200",
      allow: "GET, HEAD, OPTIONS",
      "cache-control": "no-store",
    });
  });
});

describe("a preflight", () => {
  const ASKS = { origin: "https://app.example", "access-control-request-method": "POST" };

  it.each<[string, Record<string, string>, boolean]>([
    ["OPTIONS", ASKS, true],
    ["OPTIONS", { ...ASKS, origin: "null" }, true],
    ["OPTIONS", { ...ASKS, "access-control-request-headers": "x-a" }, true],
    ["OPTIONS", { origin: "https://app.example" }, false],
    ["OPTIONS", { "access-control-request-method": "POST" }, false],
    ["OPTIONS", {}, false],
    ["GET", ASKS, false],
    ["POST", ASKS, false],
  ])("%s with %j: %s", (method, headers, is) => {
    expect(isPreflight(asking(method, headers).request)).toBe(is);
  });
});
