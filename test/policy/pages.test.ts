// What people see: said without a browser, so far as it can be.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { COUNTDOWN_SCRIPT } from "../../src/pages/countdown-script.ts";
import { durationText } from "../../src/pages/duration-text.ts";
import { type Language, WORDS } from "../../src/pages/languages.ts";
import { type HeldBack, heldBackPage } from "../../src/pages/limited.ts";
import { maintenancePage } from "../../src/pages/maintenance.ts";

const LANGUAGES = Object.keys(WORDS) as Language[];
const LIMITED: HeldBack = { kind: "limited", whose: "caller", seconds: 65 };
const page = (held: HeldBack = LIMITED, language: Language = "en", again: "link" | "submit" = "link") =>
  heldBackPage({ held, language, again, nonce: "n0nce" });

describe("a duration in words", () => {
  it.each<[number, Language, string]>([
    [0, "en", "0 seconds"],
    [1, "en", "1 second"],
    [59, "en", "59 seconds"],
    [60, "en", "1 minute"],
    [65, "en", "1 minute, 5 seconds"],
    [3_600, "en", "1 hour"],
    [3_661, "en", "1 hour, 2 minutes"],
    [86_399, "en", "1 day"],
    [90_001, "en", "1 day, 2 hours"],
    [999_999_999_999_999, "en", "11,574,074,074 days, 2 hours"],
    [3, "zh-CN", "3秒钟"],
    [65, "ja", "1 分 5 秒"],
  ])("%d s in %s: %s", (seconds, language, text) => {
    expect(durationText(seconds, language)).toBe(text);
  });

  it("never grows while seconds pass", () => {
    const sizes = { day: 86_400, hour: 3_600, minute: 60, second: 1 };
    const told = (text: string) =>
      [...text.replaceAll(/,(?=\d)/g, "").matchAll(/(\d+) (day|hour|minute|second)/g)]
        .map(([, count, unit]) => Number(count) * sizes[unit as keyof typeof sizes])
        .reduce((sum, part) => sum + part, 0);
    for (let seconds = 100_000, before = Number.POSITIVE_INFINITY; seconds >= 0; seconds -= 37) {
      const now = told(durationText(seconds, "en"));
      expect(now).toBeGreaterThanOrEqual(seconds);
      expect(now).toBeLessThanOrEqual(before);
      before = now;
    }
  });
});

describe("the page of a request that was held back", () => {
  it.each(LANGUAGES)(
    "says in %s what happened, that nothing was taken, and when to come again",
    (language) => {
      const { html } = page(LIMITED, language);
      const words = WORDS[language];
      expect(html).toContain(`<html lang="${language}"${language === "ar" ? ' dir="rtl"' : ""}>`);
      expect(html).toContain(`<title>${words.limited.title}</title>`);
      for (const text of [words.limited.whyCaller, words.nothingTaken])
        expect(html).toContain(`<p>${text}</p>`);
      expect(html).toContain(`data-seconds="65">${durationText(65, language)}</span>`);
      expect(html).toContain(`href="">${words.again.link}</a>`);
    },
  );

  it("blames nobody when everybody shares the limit", () => {
    const { html } = page({ kind: "limited", whose: "everybody", seconds: 1 });
    expect(html).toContain(WORDS.en.limited.whyEverybody);
    expect(html).not.toContain(WORDS.en.limited.whyCaller);
  });

  it("offers no link for what a link would not ask again", () => {
    const { html } = page(LIMITED, "en", "submit");
    expect(html).toContain(WORDS.en.again.submit);
    expect(html).not.toContain("<a ");
  });

  it("counts nothing down when the limit never fills again", () => {
    const { html, hasScript } = page({ kind: "used-up" });
    expect(html).toContain(WORDS.en.usedUp.why);
    expect(html).not.toMatch(/timer">|href|<script/);
    expect(hasScript).toBe(false);
  });

  it("loads nothing, and names its nonce on each style and script", () => {
    const { html } = page();
    expect(html).not.toMatch(/\b(?:src|srcset|action|http-equiv|on\w+)=|url\(|@import|https?:/);
    for (const [tag] of html.matchAll(/<(?:style|script)\b[^>]*>/g)) expect(tag).toContain('nonce="n0nce"');
  });

  it("is small", () => {
    for (const language of LANGUAGES) {
      expect(Buffer.byteLength(page(LIMITED, language).html)).toBeLessThan(5_000);
    }
  });
});

describe("the page of maintenance", () => {
  const given = { language: "en", message: undefined, endsAtMs: undefined, nonce: "n0nce" } as const;

  it.each(LANGUAGES)("tells the end in %s with its zone", (language) => {
    const { html } = maintenancePage({ ...given, language, endsAtMs: 1_796_000_000_000 });
    expect(html).toMatch(/<time datetime="2026-11-30T00:53:20\.000Z">[^<]*UTC<\/time>/);
    expect(html).toContain(WORDS[language].maintenance.title);
  });

  it("shows the operators' words in their own language and direction, as plain text", () => {
    const { html } = maintenancePage({ ...given, message: { language: 'de"', text: "Um <vier> & 'so'" } });
    expect(html).toContain('<p lang="de&quot;" dir="auto">Um &lt;vier&gt; &amp; &#39;so&#39;</p>');
  });

  it("has no script", () => {
    expect(maintenancePage(given)).toMatchObject({
      hasScript: false,
      html: expect.not.stringContaining("<script"),
    });
  });
});

/** The parts of a browser that the script uses, with clocks that the test moves. */
class Browser {
  clockMs = 1_700_000_000_000;
  tickMs = 0;
  readonly parts: Record<string, Part | null>;
  readonly #listeners: (() => void)[] = [];
  #interval: (() => void) | undefined;

  constructor(seconds: number, language: string, again: "link" | "submit" = "link") {
    this.parts = {
      wait: new Part(),
      timer: new Part({ seconds: String(seconds) }),
      now: new Part({ text: "now" }),
      again: again === "link" ? new Part() : null,
      back: again === "submit" ? new Part() : null,
    };
    this.part("again", (link) => link.setAttribute("href", ""));
    this.part("back", (back) => {
      back.hidden = true;
    });
    const listen = (_: string, listener: () => void) => this.#listeners.push(listener);
    runInNewContext(COUNTDOWN_SCRIPT, {
      Intl,
      document: {
        documentElement: { lang: language },
        getElementById: (id: string) => this.parts[id] ?? null,
        addEventListener: listen,
      },
      addEventListener: listen,
      history: { length: 2, back: () => undefined },
      performance: { now: () => this.tickMs },
      Date: { now: () => this.clockMs },
      setInterval: (work: () => void) => {
        this.#interval = work;
        return 1;
      },
      clearInterval: () => {
        this.#interval = undefined;
      },
    });
  }

  part(id: string, use: (part: Part) => void): void {
    const part = this.parts[id];
    if (part) use(part);
  }

  get isTicking(): boolean {
    return this.#interval !== undefined;
  }

  pass(ms: { clock: number; tick: number }): void {
    this.clockMs += ms.clock;
    this.tickMs += ms.tick;
    this.#interval?.();
  }

  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  get shown() {
    const { wait, timer, now, again } = this.parts;
    return {
      timer: wait?.hidden ? undefined : timer?.textContent,
      now: now?.textContent,
      link: again?.attributes.has("href") ?? false,
    };
  }
}

class Part {
  hidden = false;
  textContent = "";
  readonly attributes = new Map<string, string>();
  readonly dataset: Readonly<Record<string, string>>;

  constructor(dataset: Readonly<Record<string, string>> = {}) {
    this.dataset = dataset;
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  addEventListener(): void {}
}

describe("the count-down", () => {
  it("takes the link away, counts, and gives it back when the time is over", () => {
    const browser = new Browser(3, "en");
    expect(browser.shown).toEqual({ timer: "3 seconds", now: "", link: false });
    browser.pass({ clock: 1_000, tick: 1_000 });
    expect(browser.shown).toEqual({ timer: "2 seconds", now: "", link: false });
    browser.pass({ clock: 1_999, tick: 1_999 });
    expect(browser.shown).toEqual({ timer: "1 second", now: "", link: false });
    browser.pass({ clock: 1, tick: 1 });
    expect(browser.shown).toEqual({ timer: undefined, now: "now", link: true });
    expect(browser.isTicking).toBe(false);
  });

  it("is over at once when a tab wakes that slept through it", () => {
    const browser = new Browser(3_600, "en");
    browser.clockMs += 3_600_000;
    browser.wake();
    expect(browser.shown).toMatchObject({ now: "now", link: true });
  });

  it("goes on when the clock is set back", () => {
    const browser = new Browser(3, "en");
    browser.pass({ clock: -3_600_000, tick: 2_000 });
    expect(browser.shown.timer).toBe("1 second");
    browser.pass({ clock: 1_000, tick: 1_000 });
    expect(browser.shown).toMatchObject({ now: "now", link: true });
  });

  it("offers the way back to a form only when the time is over", () => {
    const browser = new Browser(2, "en", "submit");
    expect(browser.parts.back?.hidden).toBe(true);
    browser.pass({ clock: 2_000, tick: 2_000 });
    expect(browser.parts.back?.hidden).toBe(false);
  });

  it.each(LANGUAGES)("writes times in %s as the server does", (language) => {
    for (const seconds of [1, 2, 59, 60, 65, 3_599, 3_600, 3_661, 86_399, 90_001, 1_000_000]) {
      expect(new Browser(seconds, language).shown.timer).toBe(durationText(seconds, language));
    }
  });
});
