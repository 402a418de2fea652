/** How the screen writes numbers and times. */

import { FINEST_MS } from "./figures.ts";

export const NONE = "–";

export function percent(share: number | undefined, digits = 1): string {
  return share === undefined ? NONE : `${(share * 100).toFixed(digits)} %`;
}

/** What a histogram tells: nothing below its finest bound, nothing above its last. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return NONE;
  if (ms <= FINEST_MS) return `≤ ${FINEST_MS} ms`;
  if (ms >= 10_000) return "≥ 10 s";
  return plainMilliseconds(ms);
}

/** For an axis. */
export function plainMilliseconds(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** For an axis, where a million must fit. */
export function shortCount(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact" }).format(Math.round(value));
}

export function rate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : perSecond.toFixed(1);
}

export function seconds(value: number | undefined): string {
  if (value === undefined) return NONE;
  return value < 90 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`;
}

/** In the operator's own zone, which is named once at the top of the screen. */
export function time(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB");
}

export function dateTime(atMs: number): string {
  return new Date(atMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export function ago(ms: number): string {
  if (ms < 1500) return "now";
  if (ms < 90_000) return `${Math.round(ms / 1000)} s ago`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min ago` : `${Math.round(ms / 3_600_000)} h ago`;
}

const REASONS: Readonly<Record<string, string>> = {
  probes: "probes fail",
  "consecutive-failures": "failures in a row",
  "failure-rate": "too large a part fails",
  "no-success": "nothing succeeds",
  trial: "a few reads try it",
  drain: "no new users",
  "drain-over": "the drain is over: no users",
  capacity: "it asks for fewer users",
  "slow-start": "it has just come back",
  "last-left": "it fails, but no other is left",
  held: "waits a moment before it changes",
  panic: "most of the pool is out",
};

/** Why an origin is in its state, for somebody who has just been woken. */
export function reasonText(reason: string): string {
  return REASONS[reason] ?? reason;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
