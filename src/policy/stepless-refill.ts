/** How a bucket that refills in whole intervals refills continuously: its tokens are cut into units, its time into milliseconds. */
import type { BucketShape } from "./token-bucket.ts";

export interface SteplessRefill {
  /** Units of one token. */
  readonly scale: number;
  readonly capacityUnits: number;
  /** Whole units come in once in so long: 1 ms, where the rate allows it. */
  readonly stepMs: number;
  readonly unitsPerStep: number;
}

/**
 * Units of a token wherever they suit: an hour's milliseconds, so that the usual intervals bring whole units in each
 * millisecond. One scale for (nearly) all lets a bucket keep its level when its refill is changed.
 */
export const COMMON_SCALE = 3_600_000;
/** The most units of a bucket: below 2^50, exact in doubles, and below 10^14, exact where Lua writes `%.14g`. */
export const MAX_UNITS = 2 ** 46;
/** A step that brings no more than such a part of a token is as good as none. */
const UNSEEN = 1 / 1000;
/** The longest step where tokens are cut by the limit's own interval. */
const MAX_STEP_MS = 1000;
/** Rates that fit nothing else are rounded down to whole units, of so many at least: less than 0.01 % is lost. */
const ROUNDED_UNITS = 10_000;
/** Decimals of a refill that are counted exactly. */
const MAX_DENOMINATOR = 1_000_000;
/**
 * The longest time in which an empty bucket fills, three million years: Redis reads no larger number from a script, and
 * an end that it cannot read is an error. Slower buckets (a thousand million tokens, one a day) fill in this time.
 */
const MAX_FILL_MS = 9e16;
/** A bucket that never refills, refills after a hundred years: what has no end cannot be said in milliseconds. */
const NEVER_MS = 100 * 365 * 24 * 3_600_000;

export function steplessRefill(shape: BucketShape): SteplessRefill {
  const { capacity, refill, intervalMs } = shape;
  if (refill === 0) {
    const scale = fits(capacity, COMMON_SCALE) ? COMMON_SCALE : 1;
    return {
      scale,
      capacityUnits: capacity * scale,
      stepMs: NEVER_MS,
      unitsPerStep: capacity * scale,
    };
  }
  const found = exact(shape);
  if (found !== undefined && fillMs(found) <= MAX_FILL_MS) return found;
  return rounded(capacity, Math.max(refill / intervalMs, capacity / MAX_FILL_MS));
}

/** The time in which an empty bucket fills. */
export function fillMs({ capacityUnits, unitsPerStep, stepMs }: SteplessRefill): number {
  return Math.ceil(capacityUnits / unitsPerStep) * stepMs;
}

/** Undefined where no scale that fits brings whole units. */
function exact({ capacity, refill, intervalMs }: BucketShape): SteplessRefill | undefined {
  const { above, below } = fraction(refill);
  if (above === 0) return undefined;
  const common = gcd(above, below * intervalMs);
  // Of `scale × step`, each multiple of this brings whole units: `perPeriod` of them.
  const period = (below * intervalMs) / common;
  const perPeriod = above / common;
  const made = (scale: number, stepMs: number): SteplessRefill => ({
    scale,
    capacityUnits: capacity * scale,
    stepMs,
    unitsPerStep: Math.min(capacity * scale, ((scale * stepMs) / period) * perPeriod),
  });
  if (fits(capacity, COMMON_SCALE)) {
    const usual = made(COMMON_SCALE, period / gcd(period, COMMON_SCALE));
    if (usual.stepMs === 1 || usual.unitsPerStep <= COMMON_SCALE * UNSEEN) return usual;
  }
  for (let stepMs = 1; stepMs <= MAX_STEP_MS; stepMs++) {
    if (period % stepMs === 0 && fits(capacity, period / stepMs)) return made(period / stepMs, stepMs);
  }
  return undefined;
}

function rounded(capacity: number, tokensPerMs: number): SteplessRefill {
  const scale = Math.min(COMMON_SCALE, Math.floor(MAX_UNITS / capacity));
  const stepMs = Math.max(1, Math.ceil(ROUNDED_UNITS / (scale * tokensPerMs)));
  const capacityUnits = capacity * scale;
  return {
    scale,
    capacityUnits,
    stepMs,
    unitsPerStep: Math.min(capacityUnits, Math.floor(scale * stepMs * tokensPerMs)),
  };
}

function fits(capacity: number, scale: number): boolean {
  return capacity * scale <= MAX_UNITS;
}

/** The decimal number as a fraction, to {@link MAX_DENOMINATOR}; 0 above when it is not one. */
function fraction(value: number): { readonly above: number; readonly below: number } {
  for (let below = 1; below <= MAX_DENOMINATOR; below *= 10) {
    const above = Math.round(value * below);
    // A decimal number is the double that is nearest to it.
    if (above / below === value) return { above, below };
  }
  return { above: 0, below: 1 };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
