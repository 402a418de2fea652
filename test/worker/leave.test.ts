// Giving a place up: by the page's own form in every browser, by a program that shows its token, and by no foreign page.
import { describe, expect, it } from "vitest";
import { type Asked, newRoomEdge } from "./room-edge.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml", "accept-language": "en" };
const LEAVE = "/.tidegate/queue/main/leave";
const ORIGIN = "https://edge.example";

/** Somebody who waits at a browser: the cookie, and what stands in the page's form. */
async function waiter() {
  const edge = await newRoomEdge({ mode: "hold" });
  const { response } = await edge.ask(BROWSER);
  const cookie = response.headers
    .getSetCookie()
    .map((field) => field.split(";")[0])
    .join("; ");
  const form = new URLSearchParams();
  for (const [, name = "", value = ""] of (await response.text()).matchAll(
    /<input type="hidden" name="([^"]+)" value="([^"]+)"/g,
  )) {
    form.append(name, value);
  }
  const leave = (headers: Record<string, string>, body = ""): Promise<Asked> =>
    edge.ask(
      {
        ...BROWSER,
        cookie,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": `${body.length}`,
        ...headers,
      },
      LEAVE,
      "POST",
      body,
    );
  return { leave, form: String(form), ask: edge.ask, ticket: response.headers.get("tidegate-ticket") ?? "" };
}

describe("the page's form", { timeout: 30_000 }, () => {
  it("has the ticket's id in it, and nothing that could be shown as a ticket", async () => {
    const { form, ticket } = await waiter();
    expect(form).toMatch(/^ticket=[\w-]{22}$/);
    expect(ticket).not.toBe("");
    expect(form).not.toContain(ticket);
  });

  it.each([
    ["a browser of today, by Fetch Metadata", { "sec-fetch-site": "same-origin", origin: "null" }, false],
    ["one that tells its origin", { origin: ORIGIN }, false],
    ["Safari before 16.4, by the form", { origin: "null" }, true],
  ])("leaves in %s", async (_, headers, isWithForm) => {
    const { leave, form } = await waiter();
    const { status, response } = await leave(headers, isWithForm ? form : "");
    expect(status).toBe(200);
    expect(await response.text()).toContain("You have left the line");
    expect(response.headers.getSetCookie().join()).toContain("Max-Age=0");
  });

  it.each([
    ["from another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, "own"],
    ["from a sister host", { "sec-fetch-site": "same-site", origin: "null" }, "own"],
    ["from an address that was typed", { "sec-fetch-site": "none", origin: "null" }, "own"],
    ["from another site, in an old browser", { origin: "https://evil.example" }, "own"],
    ["from a page without an origin that knows no ticket", { origin: "null" }, ""],
    ["with a ticket's id that was guessed", { origin: "null" }, "ticket=AbCdEfGhIjKlMnOpQrStUv"],
    ["with an id of another type", { origin: "null", "content-type": "text/plain" }, "own"],
    ["without a length", { origin: "null", "content-length": "" }, "own"],
    ["with a large form", { origin: "null", "content-length": "257" }, "own"],
  ])("does not leave %s", async (_, headers, given) => {
    const { leave, form, ask, ticket } = await waiter();
    const { status, response } = await leave(headers, given === "own" ? form : given);
    expect(status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
    const still = await ask({ "tidegate-ticket": ticket }, "/.tidegate/queue/main");
    expect(still.json).toMatchObject({ position: 1 });
  });

  it("of somebody else does not leave", async () => {
    const { leave } = await waiter();
    const other = await waiter();
    expect((await leave({ origin: "null" }, other.form)).status).toBe(403);
  });
});

describe("a program", { timeout: 30_000 }, () => {
  it("leaves by its field, whatever its origin", async () => {
    const { ask, ticket } = await waiter();
    const headers = { "tidegate-ticket": ticket, origin: "https://app.example" };
    expect((await ask(headers, LEAVE, "POST")).status).toBe(204);
  });
});
