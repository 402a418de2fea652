// How pages are read: without a script, small and large, in each language, by machines and by the reader's clock.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { SAMPLE_SITE, SAMPLES } from "../../scripts/preview/samples.ts";
import { WORDS } from "../../src/pages/languages.ts";
import { escaped, LANGUAGES, reader } from "../support/pages.ts";
import { look, useSetting } from "./setting.ts";

const setting = useSetting();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules that WCAG 2.2 AA has, and what axe-core calls best practice; any impact counts. */
async function violations(page: Page): Promise<string[]> {
  const found = await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 90)).join(" | ")))`,
  );
  return found as string[];
}

const openAll = 'document.querySelectorAll("details").forEach((details) => (details.open = true))';

/**
 * Of every page and width: how far it overflows with letters as they are, and of 200 %, which is more than a zoom of 200 %.
 * Every frame is laid out in full and never painted, which is most of the time that a page takes.
 */
const overflows = (widths: readonly number[]) => `[...document.querySelectorAll("iframe")].map((frame) => {
  const root = frame.contentDocument.documentElement;
  return ${JSON.stringify(widths)}.flatMap((width) => ["100%", "200%"].map((size) => {
    frame.style.width = width + "px";
    root.style.fontSize = size;
    return root.clientWidth === width ? root.scrollWidth - width : "is " + root.clientWidth + " wide";
  }));
})`;

describe.each(LANGUAGES)("all pages in %s", (language) => {
  it("fit 320 and 1280 pixels, and letters of 200 %, with every part open", async () => {
    const page = await setting.open("/", { javaScriptEnabled: false });
    const frames = SAMPLES.map(({ again, render }) => {
      const { html } = render(reader({ language, again, site: SAMPLE_SITE }), Date.now());
      const open = html.replaceAll("<details", "<details open");
      return `<iframe style="position:absolute;visibility:hidden;border:0;height:9999px" srcdoc="${escaped(open)}"></iframe>`;
    });
    await page.setContent(frames.join(""));
    const found = (await page.evaluate(overflows([320, 1_280]))) as unknown[];
    expect(SAMPLES.map(({ name }, index) => [name, found[index]])).toEqual(
      SAMPLES.map(({ name }) => [name, [0, 0, 0, 0]]),
    );
  });
});

describe("accessibility", () => {
  it("axe-core finds nothing on any page, in the light and in the dark scheme", async () => {
    const { room } = setting;
    const page = await setting.open("/", { viewport: { width: 390, height: 800 } });
    await page.addInitScript(axe);
    for (const { name, again, render } of SAMPLES) {
      const language = again === "submit" ? "ar" : "zh-CN";
      room.html = render(reader({ language, again, site: SAMPLE_SITE }), Date.now()).html;
      await page.goto(`${room.origin}/html`);
      await page.evaluate(openAll);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect([name, colorScheme, await violations(page)]).toEqual([name, colorScheme, []]);
      }
    }
  });

  it("is worked by the keyboard alone, with the focus seen", async () => {
    const page = await setting.open("/pay");
    const seen: string[] = [];
    for (let steps = 0; steps < 8; steps += 1) {
      await page.keyboard.press("Tab");
      seen.push(
        (await page.evaluate(
          `document.activeElement.textContent.trim() + (getComputedStyle(document.activeElement).outlineStyle === "none" ? " unseen" : "")`,
        )) as string,
      );
    }
    expect(seen.slice(0, 6)).toEqual([
      "English",
      WORDS.en.tell.button,
      WORDS.en.queued.check,
      WORDS.en.help.title,
      WORDS.en.difference.title,
      WORDS.en.leave.title,
    ]);
  });

  it("tells a screen reader the place politely, at most every ten seconds", async () => {
    const { room } = setting;
    const page = await setting.open("/pay", { clock: true });
    const spoken = page.locator("#say[role=status]");
    expect(await spoken.textContent()).toBe("People ahead of you: 11 Estimated wait: 2–3 minutes");
    const said = new Set([await spoken.textContent()]);
    for (let people = 10; people > 0; people -= 1) {
      room.move({ position: people + 1, ahead: people });
      await page.clock.runFor(1_000);
      await page.locator("#count", { hasText: new RegExp(`^${people}$`) }).waitFor();
      said.add(await spoken.textContent());
    }
    expect(said.size).toBeLessThanOrEqual(2);
    await page.clock.runFor(10_000);
    await spoken.filter({ hasText: "People ahead of you: 1 " }).waitFor({ state: "attached" });
  });

  it("keeps what it says without colour, and moves nothing for who wants no motion", async () => {
    const page = await setting.open("/pay", { forcedColors: "active", reducedMotion: "reduce" });
    expect(await page.evaluate(`getComputedStyle(document.querySelector("progress")).borderTopStyle`)).toBe(
      "solid",
    );
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
  });

  it("prints what matters, the closed parts too, and no buttons", async () => {
    const page = await setting.open("/pay");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("#count").isVisible()).toBe(true);
    expect(await page.getByText("Transaction failed: the bank").isVisible()).toBe(true);
    expect(await page.getByRole("link", { name: "Check now" }).isVisible()).toBe(false);
  });
});

describe("without a script", () => {
  it("is looked at again by a link, and left by a button of a form", async () => {
    const { room } = setting;
    const page = await setting.open("/pay?to=7", { javaScriptEnabled: false });
    expect(await page.getByText("When your turn has come, “Check now” takes you on.").isVisible()).toBe(true);
    expect(await page.getByText("this page goes on by itself").isVisible()).toBe(false);
    expect(await page.locator("#keptUntil").textContent()).toContain("UTC");
    room.move({ position: 2, ahead: 1 });
    await page.getByRole("link", { name: "Check now" }).click();
    expect(await page.locator("#count").textContent()).toBe("1");
    room.kind = "admitted";
    await page.getByRole("link", { name: "Check now" }).click();
    await page.getByRole("heading", { name: "welcome" }).waitFor();
    expect(room.served).toEqual(["GET /pay"]);
    expect(room.polls).toBe(0);
  });

  it("changes its language, keeps it, and comes back to where it was", async () => {
    const page = await setting.open("/pay?to=7", { javaScriptEnabled: false });
    await page.getByText("English").click();
    await page.getByRole("link", { name: "العربية" }).click();
    expect(page.url()).toBe(`${setting.room.origin}/pay?to=7`);
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
    await page.goto(`${setting.room.origin}/limited`);
    expect(await page.locator("html").getAttribute("lang")).toBe("ar");
  });
});

describe("times", () => {
  it("of maintenance are told by the reader's clock", async () => {
    const page = await setting.open("/maintenance", { timezoneId: "America/New_York" });
    expect(await page.locator("time").textContent()).toMatch(/^November 30, 2026 at 3:00\sPM$/u);
    const plain = await setting.open("/maintenance", { javaScriptEnabled: false });
    expect(await plain.locator("time").textContent()).toMatch(/^November 30, 2026 at 8:00\sPM UTC$/u);
  });

  it("say that maintenance should be over when it is", async () => {
    const page = await setting.open("/maintenance", { clock: true });
    await page.clock.setFixedTime("2026-12-01T04:00:01+08:00");
    await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
    expect(await page.locator("#over").textContent()).toBe(WORDS.en.maintenance.over);
  });

  it("of a limit count down, and then the button works", async () => {
    const page = await setting.open("/limited", { clock: true });
    const link = page.locator("#again");
    expect(await link.getAttribute("href")).toBeNull();
    await page.clock.runFor(2_000);
    expect(await page.locator("#timer").textContent()).toBe("1 second");
    await page.clock.runFor(1_000);
    expect(await page.locator("#now").textContent()).toBe(WORDS.en.again.now);
    await link.click();
    await page.getByText("Too many requests, please wait").waitFor();
    expect(setting.room.asked).toEqual(["GET /limited", "GET /limited"]);
  });
});

describe("“tell me when it is my turn”", () => {
  /** The browser's own notifications, written down as it shows them. */
  const WATCH = `window.told = []; window.Notification = class extends Notification {
    constructor(...given) {
      super(...given);
      this.addEventListener("show", () => told.push([this.title, this.silent, this.lang]));
    }
  }`;
  const told = (page: Page) => page.evaluate("window.told");

  it("tells by the title, and by a silent notification of the browser's own where it may", async () => {
    const { room } = setting;
    const page = await setting.open("/form");
    await page.context().grantPermissions(["notifications"], { origin: room.origin });
    await page.addInitScript(WATCH);
    await page.goto(`${room.origin}/form`);
    await page.getByRole("button", { name: "pay" }).click();
    await page.getByRole("button", { name: WORDS.en.tell.button }).click();
    expect(await page.locator("#told").textContent()).toBe(WORDS.en.tell.on);
    room.kind = "admitted";
    await page.getByRole("heading", { name: "It is your turn" }).waitFor();
    expect(await page.title()).toBe("It is your turn");
    await expect.poll(() => told(page)).toEqual([["It is your turn", true, "en"]]);
  });

  it("calls by the estimate while nobody looks, asks nothing meanwhile, and not at all unless told to", async () => {
    const { room } = setting;
    const page = await setting.open("/form", { clock: true });
    await page.context().grantPermissions(["notifications"], { origin: room.origin });
    await page.addInitScript(WATCH);
    for (const isWanted of [false, true]) {
      await page.goto(`${room.origin}/pay`);
      if (isWanted) await page.getByRole("button", { name: WORDS.en.tell.button }).click();
      await look(page, false);
      const { polls } = room;
      await page.clock.runFor(119_000);
      expect(await told(page)).toEqual([]);
      await page.clock.runFor(2_000);
      if (isWanted) await expect.poll(() => told(page)).toEqual([[WORDS.en.tell.near, true, "en"]]);
      expect(await page.title()).toBe(isWanted ? WORDS.en.tell.near : "People ahead of you: 11");
      expect([await told(page), room.polls]).toEqual([
        isWanted ? [[WORDS.en.tell.near, true, "en"]] : [],
        polls,
      ]);
      await look(page, true);
      expect(await page.title()).toBe("People ahead of you: 11");
    }
  });

  it("promises the title alone where notifications are refused", async () => {
    const page = await setting.open("/pay");
    await page.getByRole("button", { name: WORDS.en.tell.button }).click();
    await page.getByText(WORDS.en.tell.denied).waitFor();
  });
});
