// What each page says, in every language and state, and what it must never contain.
import { describe, expect, it } from "vitest";
import { SAMPLE_SITE, SAMPLES } from "../../scripts/preview/samples.ts";
import { durationText } from "../../src/pages/duration-text.ts";
import { estimateText } from "../../src/pages/estimate-text.ts";
import { failurePage } from "../../src/pages/failure.tsx";
import { directionOf, WORDS } from "../../src/pages/languages.ts";
import { type HeldBack, heldBackPage } from "../../src/pages/limited.tsx";
import { maintenancePage } from "../../src/pages/maintenance.tsx";
import { type Place, queuedPage } from "../../src/pages/queued.tsx";
import type { Reader } from "../../src/pages/reader.ts";
import { escaped, LANGUAGES, reader } from "../support/pages.ts";

const NOW_MS = Date.parse("2026-11-25T12:00:00Z");
const LIMITED: HeldBack = { kind: "limited", whose: "caller", seconds: 65 };
const limited = (held: HeldBack = LIMITED, change: Partial<Reader> = {}) =>
  heldBackPage({ held, reader: reader(change) }).html;
const PLACE: Place = {
  room: "main",
  state: "waiting",
  position: 1_285,
  ahead: 1_284,
  estimatedWaitSeconds: { low: 361, high: 539 },
  pollAfterSeconds: 8,
};
const queued = (place: Partial<Place> = {}, change: Partial<Reader> = {}) =>
  queuedPage({ standing: { ...PLACE, ...place }, reader: reader(change), nowMs: NOW_MS }).html;
/** Ids of the parts that are shown without a script. */
const shown = (html: string, ...ids: string[]) =>
  ids.filter((id) => new RegExp(`id="${id}"(?![^>]* hidden)`).test(html));

/** Without what only the script reads. */
const visible = (html: string) => html.replaceAll(/<script.*<\/script>| data-settings="[^"]*"/gs, "");

describe.each(SAMPLES)("the page $name", ({ render, again }) => {
  const html = (change: Partial<Reader> = {}) =>
    render(reader({ again, site: SAMPLE_SITE, ...change }), NOW_MS).html;

  it.each(LANGUAGES)("is whole in %s", (language) => {
    const text = html({ language });
    expect(text).toMatch(
      new RegExp(`^<!doctype html><html lang="${language}" dir="${directionOf(language)}">`),
    );
    expect(visible(text)).not.toMatch(/\{(?:time|count)\}|undefined|NaN|\[object/);
    expect(text.match(/<h1>/g)).toHaveLength(1);
  });

  it("loads nothing, runs nothing but its own, and reloads by nothing but its script", () => {
    const text = html();
    expect(visible(text)).not.toMatch(/\s(?:srcset|http-equiv|style|on[a-z]+)=|url\(|@import/);
    for (const [, source] of text.matchAll(/\ssrc="([^"]*)"/g)) expect(source).toMatch(/^data:image\//);
    for (const [tag] of text.matchAll(/<(?:style|script)\b[^>]*>/g)) expect(tag).toContain('nonce="0123');
    expect(text.match(/<script/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it("offers the other seven languages, by a link or, where something was submitted, at once", () => {
    const text = html();
    const links = [...text.matchAll(/href="(\/\.tidegate\/language\?[^"]*)"/g)].map(([, href]) => href);
    if (again === "link") {
      expect(links).toHaveLength(7);
      expect(links[0]).toBe("/.tidegate/language?to=zh-CN");
    } else {
      expect(links).toEqual([]);
      for (const language of LANGUAGES.filter((other) => other !== "en")) {
        expect(text).toContain(`<details lang="${language}" dir="${directionOf(language)}">`);
      }
    }
  });

  it("has no link or button that would submit again", () => {
    const text = html();
    for (const [, method, action] of text.matchAll(/<form[^>]*method="(\w+)" action="([^"]*)"/g))
      expect([method, action]).toEqual(["post", "/.tidegate/queue/main/leave"]);
    if (again === "submit") expect(text).not.toContain('href=""');
  });
});

describe("the page of a request that was held back", () => {
  it.each(LANGUAGES)(
    "says in %s what happened, that nothing was taken, and when to come again",
    (language) => {
      const html = limited(LIMITED, { language });
      const words = WORDS[language];
      expect(html).toContain(`<title>${words.limited.title}</title>`);
      for (const text of [words.limited.whyCaller, words.nothingTaken])
        expect(html).toContain(`<p>${text}</p>`);
      expect(html).toContain(`data-seconds="65">${durationText(65, language)}</span>`);
      expect(html).toMatch(new RegExp(`href=""[^>]*>${words.again.link}</a>`));
    },
  );

  it("blames nobody when everybody shares the limit", () => {
    const html = limited({ kind: "limited", whose: "everybody", seconds: 1 });
    expect(html).toContain(WORDS.en.limited.whyEverybody);
    expect(html).not.toContain(WORDS.en.limited.whyCaller);
  });

  it("counts nothing down when the limit never fills again", () => {
    expect(limited({ kind: "used-up" })).not.toMatch(/role="timer"|href=""|<script/);
  });
});

describe("the page of a request in line", () => {
  it.each(LANGUAGES)(
    "says in %s the place, the wait, that nothing was taken and that the place is kept",
    (language) => {
      const text = queued({ keptUntil: "2026-11-25T12:30:00Z" }, { language }).replaceAll(/<[^>]*>/g, "");
      const { queued: words, nothingTaken } = WORDS[language];
      const count = new Intl.NumberFormat(language);
      for (const sentence of [
        words.ahead.replace("{count}", count.format(1_284)),
        words.position.replace("{count}", count.format(1_285)),
        words.wait.replace("{time}", estimateText(361, 539, language)),
        nothingTaken,
        words.kept,
        words.nextPlain,
      ]) {
        expect(text).toContain(escaped(sentence));
      }
    },
  );

  it("tells one thing about time: the estimate, that there is none, that the line stands still, or the start", () => {
    const times = (place: Partial<Place>) => shown(queued(place), "wait", "unknown", "paused", "before");
    expect(times({})).toEqual(["wait"]);
    expect(times({ estimatedWaitSeconds: null })).toEqual(["unknown"]);
    expect(times({ state: "paused", estimatedWaitSeconds: null })).toEqual(["paused"]);
    expect(times({ state: "paused" })).toEqual(["paused"]);
    const startsAt = "2026-11-25T13:00:00Z";
    expect(times({ startsAt, position: null, ahead: null, estimatedWaitSeconds: null })).toEqual(["before"]);
    expect(times({ startsAt: "2026-11-25T11:00:00Z" })).toEqual(["wait"]);
  });

  it("says who is next, and nothing of what it does not know", () => {
    expect(shown(queued({ position: 1, ahead: 0 }), "ahead", "first")).toEqual(["first"]);
    expect(shown(queued(), "ahead", "first", "keptUntil", "clock")).toEqual(["ahead"]);
    expect(shown(queued({ position: null, ahead: null }), "place")).toEqual([]);
    expect(queued()).toContain(WORDS.en.help.busy);
    expect(queued({ waiting: 3_912 })).toContain("People waiting: 3,912.");
  });

  it("shows the hours once six are over in which somebody waited, and no bar for one that nobody knows of", () => {
    const bars = (history: (number | null)[] | undefined) =>
      queuedPage({ standing: PLACE, reader: reader(), history, nowMs: NOW_MS }).html.match(/<rect/g)
        ?.length ?? 0;
    const lastKnown = (...known: (number | null)[]) => [...Array(24 - known.length).fill(null), ...known];
    expect(bars(undefined)).toBe(0);
    expect(bars(Array(24).fill(0))).toBe(0);
    expect(bars([...Array(23).fill(0), 5])).toBe(25);
    expect(bars(lastKnown(1, 2, 3, 4, 5, 6))).toBe(0);
    expect(bars(lastKnown(1, 2, 3, 4, 5, 6, 7))).toBe(8);
    // Never three hours in a row.
    expect(bars(lastKnown(1, 2, null, 3, 4, null, 5, 6, null, 7, 8))).toBe(0);
    expect(bars(lastKnown(1, 2, null, 3, 4, 5, null, 6, 7, 8))).toBe(9);
  });

  it("calls no hours quiet of which one is not known, or not over", () => {
    const history = [...Array(15).fill(null), 9, 9, 9, null, 0, 0, null, 8, 0];
    const { html } = queuedPage({ standing: PLACE, reader: reader(), history, nowMs: NOW_MS });
    // The last began at 12:00.
    expect(html).toMatch(/>4:00\s–\s7:00\sAM UTC</u);
    expect(html).toContain("–, 9, 9, 9, –, 0, 0, –, 8, 0");
  });

  it("names the three quietest hours by the clock", () => {
    const history = Array.from({ length: 24 }, (_, hour) => (hour >= 3 && hour <= 5 ? 1 : 50));
    const { html } = queuedPage({ standing: PLACE, reader: reader(), history, nowMs: NOW_MS });
    // The last of the 24 began at 12:00, so the fourth began at 16:00 the day before.
    expect(html).toMatch(/data-from="1795536000000"[^>]*>4:00\s–\s7:00\sPM UTC</u);
  });
});

describe("the page of maintenance", () => {
  const page = (change: Partial<Parameters<typeof maintenancePage>[0]> = {}) =>
    maintenancePage({
      reader: reader(),
      message: undefined,
      works: undefined,
      endsAtMs: undefined,
      ...change,
    }).html;

  it.each(LANGUAGES)("tells the end in %s with its zone", (language) => {
    const html = page({ reader: reader({ language }), endsAtMs: 1_796_000_000_000 });
    expect(html).toMatch(/<time datetime="2026-11-30T00:53:20\.000Z">[^<]*UTC<\/time>/);
    expect(html).toContain(WORDS[language].maintenance.title);
  });

  it("shows the operators' words in their own language and direction, as plain text", () => {
    const html = page({
      message: { language: 'de"', text: "Um <vier> & 'so'" },
      works: { language: "de", text: "<b>Konto</b>" },
    });
    expect(html).toContain('<p lang="de&quot;" dir="auto">Um &lt;vier&gt; &amp; &#39;so&#39;</p>');
    expect(html).toContain("&lt;b&gt;Konto&lt;/b&gt;");
  });
});

describe("the page of a payment with an unknown outcome", () => {
  const REFERENCE = { id: "<b>1</b>", atMs: Date.UTC(2026, 10, 26, 8, 30) };

  it.each(LANGUAGES)(
    "says in %s first not to pay again, then where to look, and offers nothing that pays",
    (language) => {
      for (const again of ["link", "submit"] as const) {
        const { html } = failurePage({
          failure: "outcome-unknown",
          reference: REFERENCE,
          reader: reader({ language, again }),
        });
        const main = html.slice(html.indexOf("<main>"), html.indexOf("</main>"));
        const { failure, nothingTaken } = WORDS[language];
        const order = [failure.unknownTitle, failure.unknown, failure.stay, failure.look, failure.ask].map(
          (text) => main.indexOf(escaped(text)),
        );
        expect(order.every((at) => at > 0)).toBe(true);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(main).not.toMatch(/<form|<button|href=""/);
        expect(main).not.toContain(escaped(nothingTaken));
      }
    },
  );

  it("tells what support asks for: when it was, and the request", () => {
    const { html } = failurePage({ failure: "outcome-unknown", reference: REFERENCE, reader: reader() });
    expect(html).toContain(
      '<time datetime="2026-11-26T08:30:00.000Z">November 26, 2026 at 8:30 AM UTC</time>',
    );
    expect(html).toContain("Reference for support: <bdi>&lt;b&gt;1&lt;/b&gt;</bdi>");
  });

  it("leads to the account", () => {
    const site = { ...SAMPLE_SITE, accountPath: "/transactions" };
    expect(
      failurePage({ failure: "outcome-unknown", reference: REFERENCE, reader: reader({ site }) }).html,
    ).toContain('href="/transactions"');
  });
});
