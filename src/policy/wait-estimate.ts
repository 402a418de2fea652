/** How long somebody waits, honestly: a range from the rate at which people were admitted from the line lately. */

/**
 * Admissions in steps of {@link STEP_MS} of time in which somebody waited. Time without a line is cut out: nobody being
 * admitted then says nothing. Plain data, at most some 1,500 characters of JSON.
 */
export interface Admissions {
  /** Full steps, the oldest first. */
  steps: number[];
  /** The step that is being filled. */
  current: number;
  currentMs: number;
  /** People waiting when last noted. */
  waiting: number;
  notedAtMs: number;
}

/** How fast the line moves, in people a second. */
export type Pace =
  | { readonly kind: "unknown" }
  /** Nobody was admitted lately though somebody waits. */
  | { readonly kind: "paused" }
  /** `slow` is the rate that nine of ten recent windows reached, `typical` their median. */
  | { readonly kind: "moving"; readonly typical: number; readonly slow: number };

export type WaitEstimate =
  | { readonly kind: "unknown" }
  | { readonly kind: "paused" }
  /** Whole seconds. Half wait longer than `low`, one in ten longer than `high`, if things stay as they are. */
  | { readonly kind: "range"; readonly low: number; readonly high: number };

/** One slow second is a part of a step, and a step a part of a window. */
const STEP_MS = 5000;
/** Twenty-two minutes: ten windows of the longest length, half overlapping. */
const MAX_STEPS = 264;
const SHORTEST_WINDOW = 2;
const LONGEST_WINDOW = 48;
/**
 * A window is as short as this many admissions allow: short to follow changes (within a minute at more than 4 a second),
 * and not shorter, as with 40 their number varies by a sixth by chance alone, with 10 by a third.
 */
const ADMISSIONS_A_WINDOW = 40;
/** The latest windows, each shifted by half: five and a half lengths. */
const WINDOWS = 10;
/** Fewer say nothing. */
const LEAST_ADMISSIONS = 5;
/** Without an admission for so long the line stands, unless that is how slowly it moves anyway. */
const STANDS_MS = 15_000;
/** Where admissions come one by one at random, a gap of eight times the mean comes once in 3,000. */
const STANDS_GAPS = 8;

/** Of each history since its last note: asked for with every claim, and the windows are hundreds of sums. */
const paces = new WeakMap<Admissions, Pace>();

export function newAdmissions(nowMs: number): Admissions {
  return { steps: [], current: 0, currentMs: 0, waiting: 0, notedAtMs: nowMs };
}

/**
 * Notes what happened since the last note, in place; about once a second.
 *
 * @param admitted from the line only: whoever passes straight through while a room fills says nothing of a wait
 * @param waiting people in line now
 */
export function noteAdmissions(history: Admissions, admitted: number, waiting: number, nowMs: number): void {
  paces.delete(history);
  const pausedMs = stillMs(history);
  if (admitted > 0 && stands(history)) forgetStanding(history, pausedMs);
  // A clock that went back, or an object that slept, gives no time: what is not known is cut out too.
  const elapsedMs = nowMs - history.notedAtMs;
  let busyMs = history.waiting > 0 || admitted > 0 ? Math.min(STEP_MS, Math.max(0, elapsedMs)) : 0;
  history.current += admitted;
  while (history.currentMs + busyMs >= STEP_MS) {
    busyMs -= STEP_MS - history.currentMs;
    history.steps.push(history.current);
    history.current = 0;
    history.currentMs = 0;
  }
  history.currentMs += busyMs;
  if (history.steps.length > MAX_STEPS) history.steps.splice(0, history.steps.length - MAX_STEPS);
  history.waiting = waiting;
  history.notedAtMs = nowMs;
}

export function paceOf(history: Admissions): Pace {
  const known = paces.get(history) ?? measurePace(history);
  paces.set(history, known);
  return known;
}

function measurePace(history: Admissions): Pace {
  if (history.waiting > 0 && stands(history)) return { kind: "paused" };
  const { steps } = history;
  const sum = steps.reduce((total, count) => total + count, 0);
  if (steps.length < SHORTEST_WINDOW || sum < LEAST_ADMISSIONS) return { kind: "unknown" };
  const length = windowLength(steps);
  const hop = Math.max(1, Math.floor(length / 2));
  const rates: number[] = [];
  for (let end = steps.length; end >= length && rates.length < WINDOWS; end -= hop) {
    const admitted = steps.slice(end - length, end).reduce((total, count) => total + count, 0);
    rates.push((admitted * 1000) / (length * STEP_MS));
  }
  rates.sort((a, b) => a - b);
  const typical = at(rates, 0.5);
  if (typical <= 0) return { kind: "unknown" };
  // A rate of nearly zero in a tenth of the windows would make the range say nothing.
  return { kind: "moving", typical, slow: Math.max(at(rates, 0.1), typical / 3) };
}

/** The wait of somebody with so many people ahead. */
export function estimateWait(pace: Pace, ahead: number): WaitEstimate {
  if (pace.kind !== "moving") return { kind: pace.kind };
  const low = Math.floor((ahead + 1) / pace.typical);
  return { kind: "range", low, high: Math.max(low + 1, Math.ceil((ahead + 1) / pace.slow)) };
}

/** In steps: of the latest ones, as few as hold {@link ADMISSIONS_A_WINDOW}. */
function windowLength(steps: readonly number[]): number {
  let admitted = 0;
  let length = 0;
  // Over twice the admissions, so that one burst does not decide.
  while (length < steps.length && admitted < 2 * ADMISSIONS_A_WINDOW) {
    length += 1;
    admitted += steps.at(-length) ?? 0;
  }
  const half = Math.ceil(length / 2);
  return Math.min(steps.length, LONGEST_WINDOW, Math.max(SHORTEST_WINDOW, half));
}

/** How long nobody was admitted, up to now. */
function stillMs({ steps, current, currentMs }: Admissions): number {
  if (current > 0) return 0;
  const since = steps.length - 1 - steps.findLastIndex((count) => count > 0);
  return since * STEP_MS + currentMs;
}

function stands(history: Admissions): boolean {
  const { steps } = history;
  const pausedMs = stillMs(history);
  if (pausedMs < STANDS_MS) return false;
  const moved = steps.slice(0, steps.findLastIndex((count) => count > 0) + 1);
  const sum = moved.reduce((total, count) => total + count, 0);
  if (sum === 0) return true;
  return pausedMs >= (STANDS_GAPS * moved.length * STEP_MS) / sum;
}

/** A pause that is over says nothing of the pace from now on. */
function forgetStanding(history: Admissions, pausedMs: number): void {
  history.steps.splice(history.steps.length - Math.floor((pausedMs - history.currentMs) / STEP_MS));
  history.currentMs = 0;
}

/** Between the nearest ranks. */
function at(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? 0;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}
