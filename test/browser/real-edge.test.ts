// Chromium in front of the real edge: `tidegate serve` with a room of one, and a real region behind it.
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Crowd } from "../../scripts/lib/crowd.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegion } from "../support/region.ts";
import { roomConfig } from "../support/rooms.ts";
import { launchChromium } from "./chromium.ts";

let browser: Browser;
let hk: Region;
let edge: Edge;
beforeAll(async () => {
  [browser, hk] = await Promise.all([launchChromium(), startRegion("hk")]);
  edge = await startEdge({ config: roomConfig(hk.url, { active_limit: 1, session: "60s" }) });
});
afterAll(() => browser.close());

/** A first user, who is in; what it gives lets the user out. */
async function somebodyInside(): Promise<() => Promise<void>> {
  const crowd = new Crowd({ urls: [edge.url] });
  const visitor = await crowd.join(0);
  await crowd.wait(visitor);
  return async () => {
    expect((await crowd.send(visitor, "/.tidegate/queue/main/leave", "POST")).status).toBe(204);
    crowd.close();
  };
}

/** A pass is bound to its kind of client. */
async function leave(pass: string, userAgent: string): Promise<void> {
  const headers = { "tidegate-pass": pass, "user-agent": userAgent };
  const answer = await fetch(`${edge.url}/.tidegate/queue/main/leave`, { method: "POST", headers });
  expect(answer.status).toBe(204);
}

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: "en", ...options });
  const page = await context.newPage();
  await page.goto(edge.url + path);
  return page;
}

describe("a browser at the real edge", () => {
  it("waits, goes on by itself to the address that it asked for, and keeps Secure cookies of this machine", async () => {
    const out = await somebodyInside();
    const page = await open("/?lang=en&to=7");
    await page.getByRole("heading", { name: "The system is busy. You are in line." }).waitFor();
    const names = async () => (await page.context().cookies()).map(({ name }) => name.replace(/-[^-]+$/, ""));
    expect(await names()).toContain("__Host-tidegate-ticket");
    await out();
    await expect.poll(names, { timeout: 15_000 }).toContain("__Host-tidegate-pass");
    await expect.poll(() => page.locator("#waiting").count(), { timeout: 15_000 }).toBe(0);
    expect(page.url()).toBe(`${edge.url}/?lang=en&to=7`);
    const [pass] = (await page.context().cookies()).filter(({ name }) => name.includes("-pass-"));
    const userAgent = String(await page.evaluate("navigator.userAgent"));
    await page.context().close();
    await leave(pass?.value ?? "", userAgent);
  });

  it("gives its place up by the form, which it sends with a null origin and Fetch Metadata", async () => {
    const out = await somebodyInside();
    const page = await open("/", { javaScriptEnabled: false });
    await page.getByText("Leave the line").click();
    const sending = page.waitForRequest("**/leave");
    await page.getByRole("button", { name: "Give up my place and leave" }).click();
    const headers = await (await sending).allHeaders();
    expect([headers.origin, headers["sec-fetch-site"]]).toEqual(["null", "same-origin"]);
    await page.getByRole("heading", { name: "You have left the line" }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.context().close();
    await out();
  });

  it("asks before anything is sent again: what was submitted in line reaches the region once, by the reader's hand", async () => {
    const out = await somebodyInside();
    await hk.resetCounts();
    // A page of the same host that never waits.
    const page = await open("/api/confirm");
    await page.evaluate(
      `document.body.innerHTML = '<form method="post" action="/form"><button>pay</button></form>'`,
    );
    await page.getByRole("button", { name: "pay" }).click();
    await page.getByRole("heading", { name: "The system is busy. You are in line." }).waitFor();
    const posts = async () => (await hk.counts()).byMethod.POST ?? 0;
    expect(await posts()).toBe(0);
    await out();
    await page.getByRole("heading", { name: "It is your turn" }).waitFor({ timeout: 15_000 });
    expect(await posts()).toBe(0);
    await page.goto(`${edge.url}/api/confirm`);
    await page.evaluate(
      `document.body.innerHTML = '<form method="post" action="/form"><button>pay</button></form>'`,
    );
    await page.getByRole("button", { name: "pay" }).click();
    await expect.poll(posts, { timeout: 10_000 }).toBe(1);
    const [pass] = (await page.context().cookies()).filter(({ name }) => name.includes("-pass-"));
    const userAgent = String(await page.evaluate("navigator.userAgent"));
    await page.context().close();
    await leave(pass?.value ?? "", userAgent);
  });
});
