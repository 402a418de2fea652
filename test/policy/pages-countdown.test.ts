// Durations in words, and the count-down with clocks that the test moves.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { BASE_SCRIPT, script } from "../../src/pages/base-script.ts";
import { COUNTDOWN_SCRIPT } from "../../src/pages/countdown-script.ts";
import { durationText } from "../../src/pages/duration-text.ts";
import type { Language } from "../../src/pages/languages.ts";
import { LANGUAGES } from "../support/pages.ts";

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
    runInNewContext(script(BASE_SCRIPT, COUNTDOWN_SCRIPT), {
      Intl,
      document: {
        documentElement: { lang: language },
        getElementById: (id: string) => this.parts[id] ?? null,
        addEventListener: listen,
        querySelectorAll: () => [],
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
