/** Works out what the screen shows from the steps of the history: rates, shares of errors, quantiles. */
import { BOUNDS_SECONDS, BUCKET_LABELS, quantileMs } from "../policy/histogram.ts";
import type { Step } from "../policy/series-ring.ts";

type Counts = Readonly<Record<string, number>>;

/** What is shown as "now" is of so long: one step is too few requests to judge by. */
export const NOW_MS = 20_000;

/** Durations up to this are not told apart. */
export const FINEST_MS = BOUNDS_SECONDS[0] * 1000;

/** Several steps as one. */
export function sumOf(steps: readonly Pick<Step, "counts">[]): Counts {
  const sum: Record<string, number> = {};
  for (const { counts } of steps)
    for (const [key, by] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + by;
  return sum;
}

/** The newest steps, and how many seconds of them have passed. */
export function nowOf(steps: readonly Step[], stepMs: number, nowMs: number) {
  const firstMs = Math.floor((nowMs - NOW_MS) / stepMs) * stepMs + stepMs;
  const recent = steps.filter(({ startMs }) => startMs >= Math.min(firstMs, nowMs - stepMs));
  return { counts: sumOf(recent), seconds: Math.max(1, (nowMs - Math.min(firstMs, nowMs - stepMs)) / 1000) };
}

/** The sum of all counts whose key has these first words; `""` stands for any. */
export function total(counts: Counts, ...words: readonly string[]): number {
  let sum = 0;
  for (const [key, count] of Object.entries(counts)) {
    const parts = key.split(" ");
    if (words.every((word, index) => word === "" || parts[index] === word)) sum += count;
  }
  return sum;
}

/** Of requests for users: not of what operators and polls ask under `/.tidegate`. */
export function requests(counts: Counts): number {
  return total(counts, "requests") - total(counts, "requests", "reserved");
}

/** What the edge itself could not do: it failed, had nobody to ask, or could not ask a limit's store. */
export function ourErrors(counts: Counts): number {
  return (
    total(counts, "requests", "error") +
    total(counts, "requests", "shed") +
    total(counts, "requests", "limited", "5xx")
  );
}

/** What origins answered with 5xx or did not answer. */
export function originErrors(counts: Counts): number {
  return total(counts, "requests", "proxied", "5xx") + total(counts, "requests", "unanswered");
}

/** A quantile of a histogram, in milliseconds: `total` or `edge` of a pool, `took` of an origin; "" is any. */
export function quantile(counts: Counts, share: number, ...words: readonly string[]): number | undefined {
  const found = quantileMs(
    BUCKET_LABELS.map((le) => total(counts, ...words, le)),
    share,
  );
  // Nothing is known of where in the first bucket it lies: 2.5 and 4.8 ms would be made up.
  return found === undefined ? undefined : Math.max(found, FINEST_MS);
}

/** One origin's part of its pool. */
export function originFigures(counts: Counts, pool: string, origin: string, seconds: number) {
  const all = total(counts, "origin", pool, origin);
  const failed = total(counts, "origin", pool, origin, "5xx") + total(counts, "origin", pool, origin, "none");
  return {
    perSecond: all / seconds,
    errors: all === 0 ? undefined : failed / all,
    p50Ms: quantile(counts, 0.5, "took", pool, origin),
    p95Ms: quantile(counts, 0.95, "took", pool, origin),
    p99Ms: quantile(counts, 0.99, "took", pool, origin),
    /** Little's law: as many are under way as come in a second, times the seconds that each takes. */
    inFlight: total(counts, "tookSum", pool, origin) / seconds,
  };
}

/** One limit's decisions. */
export function limitFigures(counts: Counts, limit: string) {
  const of = (result: string) => total(counts, "limit", limit, result);
  const all = total(counts, "limit", limit);
  const open = of("open_allowed") + of("open_denied");
  return {
    all,
    denied: of("denied") + of("open_denied"),
    shadow: of("shadow_denied"),
    /** Decided by each edge alone, as the store could not be asked. */
    failedOpen: open,
    failedClosed: of("closed"),
    deniedShare: all === 0 ? undefined : (of("denied") + of("open_denied")) / all,
  };
}

/** One room's counts over a time. */
export function roomFigures(counts: Counts, room: string, seconds: number) {
  const mean = (sum: string, count: string) => {
    const number = total(counts, count, room);
    return number === 0 ? undefined : total(counts, sum, room) / number;
  };
  return {
    admittedPerMinute: (total(counts, "admitted", room) / seconds) * 60,
    waitSeconds: mean("waitSum", "waitCount"),
    estimateSeconds: mean("estimateSum", "estimateCount"),
  };
}

/** Names of the limits that were asked. */
export function limitNames(counts: Counts): string[] {
  const names = Object.keys(counts).flatMap((key) => {
    const [word, name] = key.split(" ");
    return word === "limit" && name !== undefined ? [name] : [];
  });
  return [...new Set(names)].sort();
}
