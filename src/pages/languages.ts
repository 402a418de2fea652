/** Decides in which of the languages that pages speak a reader is answered, and which way it is written. */
import { ar } from "./words/ar.ts";
import { en } from "./words/en.ts";
import { es } from "./words/es.ts";
import { fr } from "./words/fr.ts";
import { ja } from "./words/ja.ts";
import { ko } from "./words/ko.ts";
import type { Words } from "./words/words.ts";
import { zhCn } from "./words/zh-cn.ts";
import { zhTw } from "./words/zh-tw.ts";

export const WORDS = {
  "zh-CN": zhCn,
  "zh-TW": zhTw,
  en,
  ja,
  ko,
  es,
  ar,
  fr,
} as const satisfies Record<string, Words>;

export type Language = keyof typeof WORDS;

/** For readers who name no language: those of the wallets that this edge was made for. */
const UNTOLD: Language = "zh-CN";
/** For readers whose languages are not among these. */
const FOREIGN: Language = "en";

/** Languages that are read in Han script, simplified or traditional. */
const HAN: ReadonlySet<string> = new Set(["zh", "cmn", "yue"]);
/** Where Chinese is written in traditional characters when the tag names no script (CLDR likely subtags). */
const TRADITIONAL_REGIONS: ReadonlySet<string> = new Set(["tw", "hk", "mo"]);

export function isLanguage(text: string | null | undefined): text is Language {
  return text != null && Object.hasOwn(WORDS, text);
}

/** `wanted` are language ranges (RFC 4647 §2.1), the most wanted first. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const range of wanted) {
    const language = languageOf(range.toLowerCase().split("-"));
    if (language !== undefined) return language;
  }
  return wanted.every((range) => range === "*") ? UNTOLD : FOREIGN;
}

export function directionOf(language: Language): "ltr" | "rtl" {
  return language === "ar" ? "rtl" : "ltr";
}

function languageOf([primary = "", ...subtags]: readonly string[]): Language | undefined {
  if (HAN.has(primary)) return isTraditional(primary, subtags) ? "zh-TW" : "zh-CN";
  return Object.hasOwn(WORDS, primary) ? (primary as Language) : undefined;
}

/** A script decides before a region: `zh-Hans-HK` is simplified. Cantonese is traditional but on the mainland. */
function isTraditional(primary: string, subtags: readonly string[]): boolean {
  if (subtags.includes("hant")) return true;
  if (subtags.includes("hans")) return false;
  if (subtags.some((subtag) => TRADITIONAL_REGIONS.has(subtag))) return true;
  return primary === "yue" && !subtags.includes("cn");
}
