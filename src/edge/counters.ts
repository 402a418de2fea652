/** Counts what this edge does, for Control to sum up: isolates share nothing. */

/** Series that an edge counts at most; labels are names from the configuration, so there are few. */
const MAX_SERIES = 4_000;
/** Counts are told to Control after so long at the latest. */
const TELL_AFTER_MS = 1_000;

/** One series' count since it was last taken. Whoever holds the cell adds to it without looking for it. */
export interface Cell {
  by: number;
}

const cells = new Map<string, Cell>();
/** For series beyond the bound. */
const NOWHERE: Cell = { by: 0 };
let isAny = false;
let toldAtMs = 0;

/** The cell of a series, named as Prometheus writes it; the same for the same name. */
export function cellOf(series: string): Cell {
  const known = cells.get(series);
  if (known !== undefined) return known;
  if (cells.size >= MAX_SERIES) return NOWHERE;
  const cell = { by: 0 };
  cells.set(series, cell);
  return cell;
}

export function addTo(cell: Cell, by = 1): void {
  cell.by += by;
  isAny = true;
}

/**
 * Adds to a counter. Names are made where the configuration is compiled and not for each request.
 */
export function count(series: string, by = 1): void {
  addTo(cellOf(series), by);
}

export function hasCounts(): boolean {
  return isAny;
}

/** What was counted since it was last taken. */
export function takeCounts(): Record<string, number> {
  const taken: Record<string, number> = {};
  if (!isAny) return taken;
  for (const [series, cell] of cells) {
    if (cell.by === 0) continue;
    taken[series] = cell.by;
    cell.by = 0;
  }
  isAny = false;
  return taken;
}

/** Control did not get them: they are told with the next report. */
export function giveBackCounts(taken: Readonly<Record<string, number>>): void {
  for (const [series, by] of Object.entries(taken)) count(series, by);
}

/**
 * Whether this request must see to it that the counts are told, so that they do not wait for a next one that may never
 * come: one request in each second.
 */
export function mustTell(nowMs: number): boolean {
  if (!isAny || Math.abs(nowMs - toldAtMs) < TELL_AFTER_MS) return false;
  toldAtMs = nowMs;
  return true;
}
