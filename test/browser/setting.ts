/** What every browser test file has: one Chromium, a fresh room and a fresh reader for each test. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { launchChromium } from "./chromium.ts";
import { RoomServer } from "./room-server.ts";

export interface Setting {
  room: RoomServer;
  /** Opens a browser of a reader and one tab. All is in English and Shanghai unless told. */
  open(path: string, options?: BrowserContextOptions & { clock?: boolean }): Promise<Page>;
}

export function useSetting(): Setting {
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  /** Errors and refusals of the page, which fail the test: a page must not break its own policy. */
  let complaints: string[] = [];
  const setting = {
    room: undefined as unknown as RoomServer,
    async open(path: string, { clock = false, ...options }: Parameters<Setting["open"]>[1] = {}) {
      const context = await browser.newContext({ locale: "en", timezoneId: "Asia/Shanghai", ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        const text = message.text();
        if (message.type() === "error" && /Content.Security|violat/i.test(text)) complaints.push(text);
      });
      if (clock) await page.clock.install();
      await page.goto(setting.room.origin + path);
      return page;
    },
  };
  beforeAll(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    complaints = [];
    setting.room = new RoomServer();
    await setting.room.listen();
  });
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
    setting.room.close();
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser.close());
  return setting;
}

/** Says to the page that nobody looks, or that somebody does again. */
export async function look(page: Page, isLooking: boolean): Promise<void> {
  await page.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, value: ${!isLooking} });
    document.dispatchEvent(new Event("visibilitychange"))`);
}
