import { describe, expect, it } from "vitest";
import { chooseLanguage, directionOf, type Language, WORDS } from "../../src/pages/languages.ts";

describe("the language of a page", () => {
  it.each<[string[], Language]>([
    [[], "zh-CN"],
    [["*"], "zh-CN"],
    [["zh"], "zh-CN"],
    [["zh-CN"], "zh-CN"],
    [["zh-SG"], "zh-CN"],
    [["zh-Hans-HK"], "zh-CN"],
    [["zh-TW"], "zh-TW"],
    [["zh-HK"], "zh-TW"],
    [["zh-MO"], "zh-TW"],
    [["zh-Hant"], "zh-TW"],
    [["ZH-hant-cn"], "zh-TW"],
    [["yue"], "zh-TW"],
    [["yue-CN"], "zh-CN"],
    [["en-GB"], "en"],
    [["ja-JP"], "ja"],
    [["ko"], "ko"],
    [["es-419"], "es"],
    [["ar-EG"], "ar"],
    [["fr-CA"], "fr"],
    [["de"], "en"],
    [["de", "ko"], "ko"],
    [["de", "*"], "en"],
    [["constructor"], "en"],
    [["__proto__", "toString-zh"], "en"],
    [['"><script>'], "en"],
  ])("for readers of %j is %s", (wanted, language) => {
    expect(chooseLanguage(wanted)).toBe(language);
  });

  it("is written from the right in Arabic only", () => {
    const languages = Object.keys(WORDS) as Language[];
    expect(languages).toHaveLength(8);
    expect(languages.filter((language) => directionOf(language) === "rtl")).toEqual(["ar"]);
  });
});

describe("words", () => {
  it("differ between languages: none was left in another's", () => {
    const texts = (value: object): string[] =>
      Object.values(value).flatMap((part) => (typeof part === "string" ? [part] : texts(part)));
    const { "zh-CN": _, ...others } = WORDS;
    for (const [language, words] of Object.entries(others)) {
      if (language === "zh-TW") continue;
      const foreign = texts(words).filter((text) => language !== "en" && texts(WORDS.en).includes(text));
      expect(foreign, language).toEqual([]);
    }
  });
});
