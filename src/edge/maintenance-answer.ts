/** The answer while a whole pool is in maintenance: until when, and the operators' words, for people or for programs. */
import { parseAccept } from "hono/utils/accept";
import { PROBLEM_TYPES } from "../config/problem-types.ts";
import { maintenancePage } from "../pages/maintenance.ts";
import type { PoolRuntime } from "./compiled.ts";
import { poolState } from "./pool-state.ts";
import { problem } from "./problem.ts";
import { randomHex } from "./random.ts";
import type { Visit } from "./visit.ts";

/** Without a known end, clients ask again after so long, seconds. */
const UNKNOWN_END_RETRY_AFTER = 300;

/** 503 with Retry-After to the second; a page for a browser's navigation, problem+json for everybody else. */
export function inMaintenance(visit: Visit, pool: PoolRuntime, nowMs: number): Response {
  const { services } = poolState(pool, nowMs);
  const ends = services.flatMap(({ endsAtMs }) => (endsAtMs === undefined ? [] : [endsAtMs]));
  // The first origin to come back can serve everybody.
  const endsAtMs = ends.length === 0 ? undefined : Math.min(...ends);
  const retryAfter =
    endsAtMs === undefined ? UNKNOWN_END_RETRY_AFTER : Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000));
  const messages = services.find(({ message }) => message !== undefined)?.message ?? {};
  const chosen = messageFor(messages, visit);
  const headers = { "retry-after": String(retryAfter), vary: "Accept, Accept-Language" };
  if (wantsPage(visit)) {
    const language = chosen?.language ?? languagesOf(visit)[0] ?? "zh-CN";
    return page(visit, { language, message: chosen?.text, endsAtMs }, headers);
  }
  return problem("maintenance", {
    requestId: visit.id,
    method: visit.request.method,
    ...(chosen === undefined ? {} : { detail: chosen.text }),
    headers,
    members: endsAtMs === undefined ? {} : { endsAt: new Date(endsAtMs).toISOString() },
  });
}

function page(
  visit: Visit,
  content: { language: string; message: string | undefined; endsAtMs: number | undefined },
  headers: Readonly<Record<string, string>>,
): Response {
  const nonce = randomHex(16);
  const language = isKnown(content.language) ? content.language : "en";
  const body = maintenancePage({ ...content, language, nonce });
  return new Response(visit.request.method === "HEAD" ? null : body, {
    status: PROBLEM_TYPES.maintenance.status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-language": language,
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      ...headers,
    },
  });
}

/** A browser names HTML; a program that takes anything gets what programs read. */
function wantsPage(visit: Visit): boolean {
  const accepted = parseAccept(visit.request.headers.get("accept") ?? "");
  const qualityOf = (...types: string[]) =>
    Math.max(0, ...accepted.filter(({ type }) => types.includes(type.toLowerCase())).map(({ q }) => q));
  const quality = qualityOf("text/html", "application/xhtml+xml");
  return quality > 0 && quality >= qualityOf("application/json", "application/problem+json");
}

/** The reader's languages, the most wanted first. */
function languagesOf(visit: Visit): string[] {
  return parseAccept(visit.request.headers.get("accept-language") ?? "")
    .filter(({ type, q }) => q > 0 && type !== "*")
    .sort((a, b) => b.q - a.q)
    .map(({ type }) => type);
}

/** The message in the first of the reader's languages that it has; else the first one written. */
function messageFor(
  messages: Readonly<Record<string, string>>,
  visit: Visit,
): { language: string; text: string } | undefined {
  const known = Object.entries(messages).map(([language, text]) => ({ language, text }));
  for (const wanted of languagesOf(visit).map((tag) => tag.toLowerCase())) {
    const found = known.find(({ language }) => matches(language.toLowerCase(), wanted));
    if (found !== undefined) return found;
  }
  return known[0];
}

/** `zh` and `zh-CN` find each other, whichever is the more exact. */
function matches(language: string, wanted: string): boolean {
  return language === wanted || language.startsWith(`${wanted}-`) || wanted.startsWith(`${language}-`);
}

/** Whether the runtime can format in it: the tag is the client's and may be anything. */
function isKnown(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([tag]).length > 0;
  } catch {
    return false;
  }
}
