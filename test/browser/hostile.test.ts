// Values from outside and from the configuration are shown as they stand, and never run: in every place, in a real browser.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { SAMPLE_SITE } from "../../scripts/preview/samples.ts";
import { maintenancePage } from "../../src/pages/maintenance.tsx";
import { type Place, queuedPage } from "../../src/pages/queued.tsx";
import type { Site } from "../../src/pages/reader.ts";
import { HOSTILE } from "../support/hostile.ts";
import { pageConfig } from "../support/page-config.ts";
import { reader } from "../support/pages.ts";
import { useSetting } from "./setting.ts";

const setting = useSetting();

const NONE = { ran: false, foreign: 0 };

/** Whether anything ran, and how many elements and links there are that no page of ours has. */
async function harm(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const elements = [...document.querySelectorAll("*")];
    const strange = "iframe,base,meta[http-equiv],link:not([rel=icon]),img:not([src^='data:image/']),math,table,[autofocus],[style]";
    const isOwn = ({ href }) => href === location.href || href.startsWith(location.origin + "/") || href === "tel:95588";
    const foreign = elements.filter((element) => element.matches(strange)).length
      + elements.filter(({ attributes }) => [...attributes].some(({ name }) => name.startsWith("on"))).length
      + [...document.links].filter((link) => !isOwn(link)).length
      + document.scripts.length - 1;
    return { ran: "pwned" in window, foreign };
  })()`);
}

const siteOf = (text: string): Site => {
  const said = { language: text, text };
  return { ...SAMPLE_SITE, brand: text, supportText: said, announcements: [said], text: said };
};
const placeOf = (text: string): Place => ({
  room: text,
  state: "waiting",
  position: 12,
  ahead: 11,
  estimatedWaitSeconds: null,
  pollAfterSeconds: 60,
});

describe("hostile values", () => {
  it("of the configuration and of origins are read as they were written, and do nothing", async () => {
    const { room } = setting;
    const page = await setting.open("/");
    for (const text of HOSTILE) {
      const who = reader({ site: siteOf(text) });
      const said = { language: text, text };
      for (const { html } of [
        queuedPage({ standing: placeOf(text), reader: who, nowMs: 0 }),
        maintenancePage({ reader: who, message: said, works: said, endsAtMs: 1 }),
      ]) {
        room.html = html;
        await page.goto(`${room.origin}/html`);
        const shown = await page.locator(".warn p").textContent();
        // A reader of HTML drops NUL (WHATWG, "unexpected-null-character").
        expect([shown, await harm(page)]).toEqual([text.replaceAll("\u0000", ""), NONE]);
      }
    }
  });

  it("of requests and of a poll's answer do nothing at the edge's own page, under its own policy", async () => {
    const { room } = setting;
    const page = await setting.open("/pay", { clock: true });
    for (const text of HOSTILE) {
      room.page = { ...pageConfig(), brand: text, texts: { waiting: { en: text } } };
      const plain = text.replaceAll(/[^\x20-\x7e]/g, "");
      const fields = ["accept-language", "x-forwarded-host", "user-agent", "x-app-version"];
      await page.setExtraHTTPHeaders(Object.fromEntries(fields.map((name) => [name, `en;q=0.9,${plain}`])));
      await page.goto(`${room.origin}/pay?${encodeURIComponent(text)}=${plain}#${plain}`);
      const before = room.polls;
      room.move({ room: text, waiting: text as never, position: 5, ahead: text as never });
      await page.clock.runFor(1_000);
      await expect.poll(() => room.polls).toBeGreaterThan(before);
      await page.locator("#position", { hasText: "5" }).waitFor({ state: "attached" });
      expect([text, await harm(page)]).toEqual([text, NONE]);
      room.move({ room: "main", position: 12, ahead: 11, waiting: 30 });
    }
  });

  it("are at least 25", () => {
    expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(25);
  });
});
