/** Until when a ticket's holder is counted as waiting, where one ticket is shown several times at one edge. */

/** What an edge has noted of a ticket last. */
export interface NotedPresence {
  /** What copies of the ticket say that are older than the last. */
  readonly replaced: readonly number[];
  readonly untilSeconds: number;
}

/** Copies of one ticket that are in use at the same time: tabs, and answers that were lost. */
const MOST_REPLACED = 4;

/** Until when the holder is counted now; an old copy must not be counted beside the newer one. */
export function countedFrom(noted: NotedPresence | undefined, shownSeconds: number): number {
  return noted?.replaced.includes(shownSeconds) === true ? noted.untilSeconds : shownSeconds;
}

/**
 * Until when somebody counts who is counted until `fromSeconds` now, and polled. Not a little shorter than before: polls that
 * come too early, at several edges, would give copies of one ticket the same second in turn, and none could tell which of
 * them is the latest. Whoever is near the front all at once counts by the short interval.
 */
export function nextUntil(fromSeconds: number, untilSeconds: number, intervalMs: number): number {
  const lessSeconds = fromSeconds - untilSeconds;
  return lessSeconds > 0 && lessSeconds * 1000 <= intervalMs ? fromSeconds : untilSeconds;
}

/** After the holder is counted until `untilSeconds`, and the copy that says so is on its way. */
export function afterMove(
  noted: NotedPresence | undefined,
  shownSeconds: number,
  untilSeconds: number,
): NotedPresence {
  const before = noted === undefined ? [] : [...noted.replaced, noted.untilSeconds];
  // The copy that was shown last comes last: one that is shown again and again is never forgotten.
  const replaced = [...before.filter((one) => one !== shownSeconds), shownSeconds];
  return { replaced: replaced.filter((one) => one !== untilSeconds).slice(-MOST_REPLACED), untilSeconds };
}
