// The page of a queued request, and what its script does, with a browser's parts and clocks that the test moves.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { estimateText } from "../../src/pages/estimate-text.ts";
import { type Language, WORDS } from "../../src/pages/languages.ts";
import { POLL_SCRIPT } from "../../src/pages/poll-script.ts";
import { type QueuedPage, queuedPage } from "../../src/pages/queued.ts";

const LANGUAGES = Object.keys(WORDS) as Language[];
const STANDING: QueuedPage["standing"] = {
  room: "main",
  state: "waiting",
  position: 1_285,
  ahead: 1_284,
  estimatedWaitSeconds: { low: 361, high: 539 },
  pollAfterSeconds: 8,
};
const page = (given: Partial<Omit<QueuedPage, "standing">> = {}, standing: Partial<typeof STANDING> = {}) =>
  queuedPage({
    language: "en",
    again: "link",
    nonce: "n0nce",
    ...given,
    standing: { ...STANDING, ...standing },
  });
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("'", "&#39;");

describe("an estimate in words", () => {
  it.each<[number, number, Language, string]>([
    [0, 3, "en", "0–5 seconds"],
    [41, 66, "en", "40–70 seconds"],
    [40, 91, "en", "0–2 minutes"],
    [361, 539, "en", "6–9 minutes"],
    [301, 360, "en", "5–6 minutes"],
    [5_401, 7_100, "en", "1.5–2 hours"],
    [90_000, 200_000, "en", "1–2.5 days"],
    [60, 120, "zh-CN", "1-2分钟"],
    [361, 539, "ja", "6～9 分"],
  ])("%d to %d s in %s: %s", (low, high, language, text) => {
    expect(estimateText(low, high, language)).toBe(text);
  });
});

describe("the page of a queued request", () => {
  it.each(LANGUAGES)("says in %s the place, the wait, what was taken and what is kept", (language) => {
    const { html } = page({ language });
    const { queued, nothingTaken } = WORDS[language];
    const count = new Intl.NumberFormat(language);
    const text = html.replaceAll(/<b id="\w+">|<\/b>/g, "");
    expect(html).toContain(`<html lang="${language}"${language === "ar" ? ' dir="rtl"' : ""}>`);
    expect(html).toContain(`<title>${escaped(queued.title)}</title>`);
    for (const sentence of [
      queued.position.replace("{count}", count.format(1_285)),
      queued.ahead.replace("{count}", count.format(1_284)),
      nothingTaken,
      queued.kept,
    ]) {
      expect(text).toContain(`>${escaped(sentence)}</p>`);
    }
    const wait = queued.wait.replace("{time}", estimateText(361, 539, language));
    expect(text).toContain(`<p id="wait">${escaped(wait)}</p>`);
    expect(text).not.toMatch(/\{(?:count|time)\}/);
  });

  it.each(LANGUAGES)("has in %s a link that works without a script", (language) => {
    expect(page({ language }).html).toContain(`<a class="act" href="">${WORDS[language].queued.check}</a>`);
  });

  it.each(LANGUAGES)("says in %s who has to submit again, and offers no link that would not", (language) => {
    const { html } = page({ language, again: "submit" });
    expect(html).toContain(`<p id="next">${escaped(WORDS[language].queued.submit)}</p>`);
    expect(html).toContain(WORDS[language].nothingTaken.replaceAll("'", "&#39;"));
    expect(html).not.toMatch(/<a |<form/);
  });

  it("tells one thing about time: the estimate, that there is none, or that the line stands still", () => {
    const shown = (standing: Partial<typeof STANDING>) =>
      [...page({}, standing).html.matchAll(/<p id="(wait|unknown|paused)">/g)].map(([, id]) => id);
    expect(shown({})).toEqual(["wait"]);
    expect(shown({ estimatedWaitSeconds: null })).toEqual(["unknown"]);
    expect(shown({ state: "paused", estimatedWaitSeconds: null })).toEqual(["paused"]);
    expect(shown({ state: "paused" })).toEqual(["paused"]);
  });

  it("escapes a room's name", () => {
    const { html } = page({}, { room: `"><script>alert('&')</script>` });
    expect(html).toContain('data-room="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"');
    expect(html.match(/<script/g)).toHaveLength(1);
  });

  it("loads nothing, and names its nonce on each style and script", () => {
    for (const again of ["link", "submit"] as const) {
      const { html } = page({ again });
      expect(html).not.toMatch(/\s(?:src|srcset|action|http-equiv|style|on\w+)=|url\(|@import|https?:/);
      for (const [tag] of html.matchAll(/<(?:style|script)\b[^>]*>/g)) expect(tag).toContain('nonce="n0nce"');
    }
  });

  it("tells when an event starts, in the place of a place", () => {
    const { html } = page(
      {},
      { position: null, ahead: null, estimatedWaitSeconds: null, startsAt: "2026-12-01T02:00:00.000Z" },
    );
    expect(html).toMatch(/<p id="starts">It starts at <b>December 1, 2026 at 2:00.AM UTC<\/b>/);
    expect(html).toMatch(/<p id="placed" hidden>.*\n<p id="before" hidden>/);
    expect(html).toMatch(/<p id="unknown" hidden>/);
  });

  it("is small", () => {
    for (const language of LANGUAGES) {
      expect(Buffer.byteLength(page({ language, again: "submit" }).html)).toBeLessThan(7_200);
    }
  });
});

interface Told {
  readonly status?: number;
  readonly retryAfter?: string;
  readonly json?: unknown;
}

const waiting = (change: object = {}): Told => ({
  json: {
    room: "main",
    state: "waiting",
    position: 12,
    ahead: 11,
    estimatedWaitSeconds: { low: 41, high: 66 },
    pollAfterSeconds: 4,
    ticket: "t",
    ...change,
  },
});
const ADMITTED: Told = { json: { room: "main", state: "admitted", pass: "p" } };

class Part {
  hidden = false;
  textContent = "";
  readonly dataset: Record<string, string> = {};
  readonly listeners: (() => void)[] = [];

  addEventListener(_: string, listener: () => void): void {
    this.listeners.push(listener);
  }
}

/** A browser that shows the page: its parts, its clock, its network. */
class Browser {
  nowMs = 1_700_000_000_000;
  reloads = 0;
  backs = 0;
  /** The questions that nobody has answered yet. */
  readonly asked: { url: string; answer: (told: Told) => void; fail: () => void }[] = [];
  total = 0;
  readonly parts: Record<string, Part | null>;
  readonly heading = new Part();
  readonly document;
  readonly #listeners: [event: string, listener: () => void][] = [];
  readonly #timers = new Map<number, { atMs: number; work: () => void }>();

  constructor({ again = "link", language = "en", room = "main" } = {}) {
    const isForm = again === "submit";
    this.parts = Object.fromEntries(
      [
        "queue",
        "line",
        "news",
        "kept",
        "next",
        "position",
        "ahead",
        "time",
        "wait",
        "unknown",
        "paused",
        "placed",
        "before",
        "starts",
      ].map((id) => [id, new Part()]),
    );
    this.parts.back = isForm ? new Part() : null;
    this.part("back").hidden = true;
    this.part("next").hidden = !isForm;
    Object.assign(this.part("queue").dataset, {
      room,
      poll: "8",
      turn: "turn",
      stale: "stale",
      gone: "gone",
      lost: "lost",
    });
    if (isForm) this.part("queue").dataset.submit = "submit";
    this.document = {
      hidden: false,
      title: "",
      documentElement: { lang: language },
      getElementById: (id: string) => this.parts[id] ?? null,
      querySelector: () => this.heading,
      addEventListener: (event: string, listener: () => void) => this.#listeners.push([event, listener]),
    };
    let made = 0;
    runInNewContext(POLL_SCRIPT, {
      Intl,
      AbortController,
      document: this.document,
      addEventListener: this.document.addEventListener,
      location: { reload: () => this.reloads++ },
      history: { length: 2, back: () => this.backs++ },
      Date: { now: () => this.nowMs },
      Math: Object.assign(Object.create(Math), { random: () => 0.5 }),
      fetch: (url: string, init: { signal: AbortSignal }) => this.#fetch(url, init.signal),
      setTimeout: (work: () => void, ms: number) => {
        this.#timers.set(++made, { atMs: this.nowMs + ms, work });
        return made;
      },
      clearTimeout: (id: number) => this.#timers.delete(id),
    });
  }

  part(id: string): Part {
    return this.parts[id] ?? new Part();
  }

  /** Time goes by, and timers go off. */
  async pass(seconds: number): Promise<void> {
    const untilMs = this.nowMs + seconds * 1000;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.atMs - b.atMs);
      if (next === undefined || next[1].atMs > untilMs) break;
      this.#timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1].atMs);
      next[1].work();
      await settled();
    }
    this.nowMs = untilMs;
  }

  /** Time goes by, and nothing else does. */
  sleep(seconds: number): void {
    this.nowMs += seconds * 1000;
    for (const timer of this.#timers.values()) timer.atMs += seconds * 1000;
  }

  async event(name: string): Promise<void> {
    for (const [event, listener] of this.#listeners) if (event === name) listener();
    await settled();
  }

  async look(isLooking: boolean): Promise<void> {
    this.document.hidden = !isLooking;
    await this.event("visibilitychange");
  }

  async answer(told: Told): Promise<void> {
    this.asked.shift()?.answer(told);
    await settled();
  }

  async fail(): Promise<void> {
    this.asked.shift()?.fail();
    await settled();
  }

  isHidden(id: string): boolean {
    return this.part(id).hidden;
  }

  get shown() {
    const isShown = (id: string) => !this.part("line").hidden && !this.part(id).hidden;
    return {
      position: this.part("position").textContent,
      ahead: this.part("ahead").textContent,
      time: isShown("wait") ? this.part("time").textContent : undefined,
      unknown: isShown("unknown"),
      paused: isShown("paused"),
    };
  }

  #fetch(url: string, signal: AbortSignal) {
    this.total++;
    return new Promise((resolve, reject) => {
      const question = {
        url,
        answer: ({ status = 200, retryAfter, ...told }: Told) =>
          resolve({
            status,
            ok: status < 300,
            headers: new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
            json: async () => ("json" in told ? told.json : JSON.parse("<html>")),
          }),
        fail: () => reject(new TypeError("Failed to fetch")),
      };
      this.asked.push(question);
      signal.addEventListener("abort", () => {
        this.asked.splice(this.asked.indexOf(question), 1);
        reject(signal.reason);
      });
    });
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a page that waits", () => {
  it("asks for the place at the pace that it is told, and shows it", async () => {
    const browser = new Browser({ room: "a/b" });
    await browser.pass(7.9);
    expect(browser.total).toBe(0);
    await browser.pass(0.1);
    expect(browser.asked[0]?.url).toBe("/.tidegate/queue/a%2Fb");
    await browser.answer(waiting({ position: 1_012, ahead: 1_011 }));
    expect(browser.shown).toEqual({
      position: "1,012",
      ahead: "1,011",
      time: "40–70 seconds",
      unknown: false,
      paused: false,
    });
    await browser.pass(3.9);
    expect(browser.total).toBe(1);
    await browser.pass(0.1);
    expect(browser.total).toBe(2);
  });

  it("tells no place before an event starts, but when it does, and then the place", async () => {
    const browser = new Browser();
    await browser.pass(8);
    const startsAt = "2026-12-01T02:00:00.000Z";
    await browser.answer(waiting({ position: null, ahead: null, estimatedWaitSeconds: null, startsAt }));
    const ids = ["placed", "before", "starts", "unknown"];
    expect(ids.map((id) => browser.isHidden(id))).toEqual([true, true, false, true]);
    await browser.pass(4);
    await browser.answer(waiting({ position: 7, ahead: 6 }));
    expect(ids.map((id) => browser.isHidden(id))).toEqual([false, false, true, true]);
    expect(browser.shown.position).toBe("7");
  });

  it("shows that the estimate is unknown, or that the line stands still", async () => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.answer(waiting({ estimatedWaitSeconds: null }));
    expect(browser.shown).toMatchObject({ time: undefined, unknown: true, paused: false });
    await browser.pass(4);
    await browser.answer(waiting({ state: "paused", estimatedWaitSeconds: null }));
    expect(browser.shown).toMatchObject({ time: undefined, unknown: false, paused: true });
    await browser.pass(4);
    await browser.answer(waiting());
    expect(browser.shown).toMatchObject({ time: "40–70 seconds", unknown: false, paused: false });
  });

  it.each(LANGUAGES)("writes estimates in %s as the server does", async (language) => {
    const browser = new Browser({ language });
    await browser.pass(8);
    for (const [low, high] of [
      [0, 3],
      [41, 66],
      [40, 91],
      [361, 539],
      [5_401, 7_100],
      [90_000, 200_000],
    ] as const) {
      await browser.answer(waiting({ estimatedWaitSeconds: { low, high } }));
      expect(browser.shown.time).toBe(estimateText(low, high, language));
      await browser.pass(4);
    }
  });

  it("has one question on its way at most, whatever happens", async () => {
    const browser = new Browser();
    await browser.pass(8);
    for (const name of ["online", "pageshow", "visibilitychange"]) await browser.event(name);
    await browser.pass(14);
    expect(browser.asked).toHaveLength(1);
    expect(browser.total).toBe(1);
  });

  it("asks nothing while nobody looks, and at once when somebody does", async () => {
    const browser = new Browser();
    await browser.look(false);
    await browser.pass(3_600);
    expect(browser.total).toBe(0);
    await browser.look(true);
    expect(browser.total).toBe(1);
  });

  it("does not ask sooner because somebody looks away and back", async () => {
    const browser = new Browser();
    for (let times = 0; times < 5; times++) {
      await browser.look(false);
      await browser.look(true);
    }
    expect(browser.total).toBe(0);
  });

  it("says that it got no answer, asks less and less often, and says it no more when one comes", async () => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.fail();
    expect(browser.part("news").textContent).toBe("stale");
    for (const seconds of [16, 32, 60, 60]) {
      await browser.pass(seconds - 0.1);
      expect(browser.asked).toHaveLength(0);
      await browser.pass(0.1);
      expect(browser.asked).toHaveLength(1);
      await browser.fail();
    }
    await browser.pass(60);
    await browser.answer(waiting());
    expect(browser.part("news").textContent).toBe("");
    await browser.pass(4);
    expect(browser.asked).toHaveLength(1);
  });

  it("asks at once when the network is back", async () => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.fail();
    await browser.event("online");
    expect(browser.asked).toHaveLength(1);
  });

  it("asks anew when it wakes up with a question that was never answered", async () => {
    const browser = new Browser();
    await browser.pass(8);
    browser.sleep(8 * 3_600);
    await browser.event("visibilitychange");
    expect(browser.total).toBe(2);
    expect(browser.asked).toHaveLength(1);
    await browser.answer(waiting());
    expect(browser.shown.position).toBe("12");
  });

  it("is not sooner back than an edge in trouble asks for, also when the network comes and goes", async () => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.answer({ status: 503, retryAfter: "300", json: { status: 503 } });
    await browser.pass(299);
    await browser.event("online");
    await browser.look(true);
    expect(browser.asked).toHaveLength(0);
    await browser.pass(1);
    expect(browser.asked).toHaveLength(1);
  });

  it.each([
    ["a page of another network", {}],
    ["JSON of something else", { json: { hello: "world" } }],
    ["null", { json: null }],
  ])("takes %s for no answer", async (_, told) => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.answer(told);
    expect(browser.part("news").textContent).toBe("stale");
    expect(browser.shown.position).toBe("");
  });

  it("stops when its place cannot be found any more", async () => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.answer({ status: 404, json: { status: 404 } });
    expect(browser.heading.textContent).toBe("gone");
    expect(browser.part("news").textContent).toBe("lost");
    expect(browser.part("kept").hidden).toBe(true);
    expect(browser.part("line").hidden).toBe(true);
    await browser.event("online");
    await browser.pass(3_600);
    expect(browser.total).toBe(1);
    expect(browser.reloads).toBe(0);
  });
});

describe("when the turn comes", () => {
  it("asks again for what was asked for by GET, once", async () => {
    const browser = new Browser();
    await browser.pass(8);
    await browser.answer(ADMITTED);
    expect(browser.reloads).toBe(1);
    expect(browser.heading.textContent).toBe("turn");
    for (const name of ["online", "pageshow", "visibilitychange"]) await browser.event(name);
    await browser.pass(3_600);
    expect(browser.reloads).toBe(1);
    expect(browser.total).toBe(1);
  });

  it("never submits anything: it says so, and offers the way back", async () => {
    const browser = new Browser({ again: "submit" });
    expect(browser.part("back").hidden).toBe(true);
    await browser.pass(8);
    await browser.answer(ADMITTED);
    await browser.pass(3_600);
    expect(browser.reloads).toBe(0);
    expect(browser.total).toBe(1);
    expect(browser.document.title).toBe("turn");
    expect(browser.part("news").textContent).toBe("submit");
    expect(browser.part("kept").hidden).toBe(true);
    expect(browser.part("next").hidden).toBe(true);
    expect(browser.part("back").hidden).toBe(false);
    expect(browser.backs).toBe(0);
    for (const listener of browser.part("back").listeners) listener();
    expect(browser.backs).toBe(1);
  });

  it("says beforehand what it will do by itself", () => {
    expect(new Browser().part("next").hidden).toBe(false);
  });
});
