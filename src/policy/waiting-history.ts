/** The most people who waited at once in each of the last 24 hours, and which of these hours nobody can tell of. */

/**
 * Hour since the epoch → people. An hour that is not in it was not seen: without a word of who waited, nobody is known to
 * have waited and nobody is known not to have.
 */
export type WaitingHistory = Map<number, number>;

/** The oldest first, the last is the present hour; null: not known. */
export type HourlyMost = readonly (number | null)[];

export const HISTORY_HOURS = 24;
const HOUR_MS = 3_600_000;

/** Notes in place how many wait now. Hours that are over for a day, or lie ahead after a clock was put back, are forgotten. */
export function noteWaiting(history: WaitingHistory, waiting: number, nowMs: number): void {
  const present = hourOf(nowMs);
  for (const hour of history.keys()) if (!isLately(hour, present)) history.delete(hour);
  history.set(present, Math.max(history.get(present) ?? 0, Math.round(waiting)));
}

/** What is published: always of {@link HISTORY_HOURS}. */
export function hourlyMost(history: WaitingHistory, nowMs: number): HourlyMost {
  const first = hourOf(nowMs) - HISTORY_HOURS + 1;
  return Array.from({ length: HISTORY_HOURS }, (_, hour) => history.get(first + hour) ?? null);
}

/** What was published at `atMs` as it reads at `nowMs`: hours that have begun since are not known. */
export function hourlyMostAt(published: HourlyMost, atMs: number, nowMs: number): HourlyMost {
  const passed = hourOf(nowMs) - hourOf(atMs);
  return published.map((_, hour) => published[hour + passed] ?? null);
}

/** Of several lines together: at the most so many, as their busiest moments may have been others. */
export function sumOfHours(lines: readonly HourlyMost[]): HourlyMost {
  return Array.from({ length: HISTORY_HOURS }, (_, hour) => {
    const known = lines.flatMap((line) => line[hour] ?? []);
    return known.length === 0 ? null : known.reduce((sum, people) => sum + people, 0);
  });
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS);
}

function isLately(hour: number, present: number): boolean {
  return hour <= present && hour > present - HISTORY_HOURS;
}
