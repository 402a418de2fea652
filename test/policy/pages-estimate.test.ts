// An estimate in words, at the edge and in the browser.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { ESTIMATE_SCRIPT } from "../../src/pages/estimate-script.ts";
import { estimateText } from "../../src/pages/estimate-text.ts";
import type { Language } from "../../src/pages/languages.ts";
import { LANGUAGES } from "../support/pages.ts";

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

  it.each(LANGUAGES)("is written in %s by the page as by the edge", (language) => {
    for (const [low, high] of [
      [0, 3],
      [41, 66],
      [40, 91],
      [361, 539],
      [5_401, 7_100],
      [90_000, 200_000],
    ] as const) {
      const run = `(() => { ${ESTIMATE_SCRIPT} return range({ low: ${low}, high: ${high} }); })()`;
      expect(runInNewContext(run, { Intl, language })).toBe(estimateText(low, high, language));
    }
  });
});
