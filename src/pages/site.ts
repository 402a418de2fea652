/** Decides which of the operators' own words, colours and links one reader sees at one moment. */
import type { Page as PageConfig } from "../config/load.ts";
import { isOlder } from "../policy/app-version.ts";
import type { Said, Site } from "./reader.ts";

export type PageKind = "waiting" | "limited" | "maintenance" | "failure" | "left" | "status";

/** More would push what the page is about out of sight, and out of its 14 KB. */
const MAX_ANNOUNCEMENTS = 1;

export interface Circumstances {
  readonly kind: PageKind;
  /** Language tags, the most wanted first. */
  readonly wanted: readonly string[];
  /** What the app says of itself. */
  readonly appVersion: string | undefined;
  readonly nowMs: number;
}

export function siteFor(page: PageConfig, { kind, wanted, appVersion, nowMs }: Circumstances): Site {
  const current = page.announcements.filter(({ start, end }) => start <= nowMs && nowMs < end);
  const { min_app_version: least } = page;
  return {
    brand: page.brand,
    logo: page.logo === undefined ? undefined : asImage(page.logo),
    template: page.template,
    color: page.color,
    colorDark: page.color_dark,
    supportUrl: page.support_url,
    supportText: saidFor(page.support_text, wanted),
    statusUrl: page.status_url,
    accountPath: page.account_path,
    updateUrl: page.app_update_url,
    isOldApp: least !== undefined && appVersion !== undefined && isOlder(appVersion, least),
    announcements: current.flatMap(({ text }) => saidFor(text, wanted) ?? []).slice(0, MAX_ANNOUNCEMENTS),
    text: kind === "left" || kind === "status" ? undefined : saidFor(page.texts[kind], wanted),
  };
}

/** The words in the first of the reader's languages that they have; else the first ones written. */
export function saidFor(
  texts: Readonly<Record<string, string>> | undefined,
  wanted: readonly string[],
): Said | undefined {
  const known = Object.entries(texts ?? {}).map(([language, text]) => ({ language, text }));
  for (const tag of wanted.map((wantedTag) => wantedTag.toLowerCase())) {
    const found = known.find(({ language }) => matches(language.toLowerCase(), tag));
    if (found !== undefined) return found;
  }
  return known[0];
}

/** `zh` and `zh-CN` find each other, whichever is the more exact. */
function matches(language: string, wanted: string): boolean {
  return language === wanted || language.startsWith(`${wanted}-`) || wanted.startsWith(`${language}-`);
}

/** As an image an SVG runs no script and loads nothing (SVG 2, "secure static mode"). */
function asImage(logo: string): string {
  return logo.startsWith("data:") ? logo : `data:image/svg+xml,${encodeURIComponent(logo)}`;
}
