// The dashboard in a real browser, as an operator has it: signed in, against an edge.
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Edge } from "./edge.ts";

const PAGE = "/.tidegate/admin/";

export interface Opened {
  readonly page: Page;
  /** Errors of the page, and refusals of its own policy: none may come. */
  readonly complaints: readonly string[];
}

export async function openDashboard(
  browser: Browser,
  edge: Pick<Edge, "url">,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Shanghai", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && /Content.Security|violat|Trusted/i.test(text)) complaints.push(text);
  });
  await page.goto(edge.url + PAGE);
  return { page, complaints };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Access token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}
