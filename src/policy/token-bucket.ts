/** The token bucket: how many tokens a bucket holds at a moment, and whether it can pay for a request. */

/** What a bucket is, whoever it belongs to. */
export interface BucketShape {
  /** Tokens of a full bucket. */
  readonly capacity: number;
  /** Tokens that come back in each interval, continuously; 0: none ever does. */
  readonly refill: number;
  readonly intervalMs: number;
}

export interface Bucket {
  /** Tokens at `atMs`; below zero when tokens have been promised that are yet to come. */
  readonly level: number;
  /** Epoch milliseconds of the store's clock. */
  readonly atMs: number;
}

export type Taking =
  | { readonly kind: "allowed"; readonly bucket: Bucket }
  /** `retryAfterMs` is undefined when no time brings enough. */
  | { readonly kind: "denied"; readonly bucket: Bucket; readonly retryAfterMs: number | undefined };

/** Sums of fractions miss whole numbers by less than this. */
const ROUNDING = 1e-9;

export function fullBucket(shape: BucketShape, nowMs: number): Bucket {
  return { level: shape.capacity, atMs: nowMs };
}

export function tokensPerMs({ refill, intervalMs }: BucketShape): number {
  return refill / intervalMs;
}

/**
 * The bucket at `nowMs`. A clock that went back takes nothing away and gives nothing: time goes on from there, as in
 * golang.org/x/time/rate, whose published table is the test.
 */
export function advance({ level, atMs }: Bucket, shape: BucketShape, nowMs: number): Bucket {
  const gained = nowMs > atMs ? (nowMs - atMs) * tokensPerMs(shape) : 0;
  return { level: Math.min(shape.capacity, level + gained), atMs: nowMs };
}

/** Takes `cost` tokens (0 or more) when the bucket has them; a denial takes none. */
export function take(before: Bucket, shape: BucketShape, cost: number, nowMs: number): Taking {
  const bucket = advance(before, shape, nowMs);
  if (holds(bucket.level, cost)) {
    return { kind: "allowed", bucket: { level: bucket.level - cost, atMs: nowMs } };
  }
  return { kind: "denied", bucket, retryAfterMs: timeUntil(bucket.level, cost, shape) };
}

export function holds(level: number, cost: number): boolean {
  return level + ROUNDING >= cost;
}

/** Whole tokens in a level. */
export function wholeTokens(level: number): number {
  return Math.max(0, Math.floor(level + ROUNDING));
}

/** Milliseconds until a bucket that is at `level` holds `tokens`; undefined when it never does. */
export function timeUntil(level: number, tokens: number, shape: BucketShape): number | undefined {
  if (holds(level, tokens)) return 0;
  if (shape.refill === 0 || tokens > shape.capacity) return undefined;
  return (tokens - level) / tokensPerMs(shape);
}

/** Puts tokens back that were taken and not used. */
export function putBack({ level, atMs }: Bucket, shape: BucketShape, tokens: number): Bucket {
  return { level: Math.min(shape.capacity, level + tokens), atMs };
}
