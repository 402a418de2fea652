/** Buckets under a load that never ends, and what their origin has seen of each: more than the limit allows, or not. */

/** What the two limits are; each user has one bucket of one of them. */
export const LIMITS = [
  { name: "never", capacity: 30, refill: 0 },
  { name: "back", capacity: 15, refill: 5 },
] as const;

export type CrashLimit = (typeof LIMITS)[number];

export interface CrashBucket {
  readonly user: string;
  readonly limit: CrashLimit;
  /** What reached the origin, also where the edge died before it could answer. */
  admitted: number;
  firstAtMs: number;
  /** How often the edge was killed after this bucket had paid for a request in that life. */
  struck: number;
  /** Kills since it was made, and since anything was admitted. */
  age: number;
  idle: number;
}

/** One that gave too much, and what it held then. */
export interface Overdrawn extends CrashBucket {
  readonly held: number;
}

/** Sums of fractions. */
const ROUNDING = 1e-6;
/** Users of each limit at the same time. */
const USERS_EACH = 5;
/**
 * A user is followed by another when nothing was to be had over so many kills, as each takes the tokens that were lent:
 * and after so many in any case.
 */
const MOST_IDLE = 3;
const MOST_AGE = 25;

/** Who sends now, and who has sent. */
export class CrashBuckets {
  readonly #all = new Map<string, CrashBucket>();
  #active: CrashBucket[] = [];
  #made = 0;

  constructor() {
    this.#refill();
  }

  pick(random: () => number): CrashBucket {
    return this.#active[Math.floor(random() * this.#active.length)] as CrashBucket;
  }

  /** The origin has got a request. */
  note(user: string, nowMs: number): void {
    const bucket = this.#all.get(user);
    if (bucket === undefined) throw new Error(`the origin was asked by nobody's ${user}`);
    if (bucket.admitted === 0) bucket.firstAtMs = nowMs;
    bucket.admitted += 1;
    bucket.idle = 0;
  }

  /** The edge was killed: those that are used up are followed by others. */
  struck(): void {
    for (const bucket of this.#active) {
      bucket.age += 1;
      bucket.idle += 1;
      if (bucket.admitted > 0 && bucket.idle === 1) bucket.struck += 1;
    }
    this.#active = this.#active.filter(({ age, idle }) => age < MOST_AGE && idle <= MOST_IDLE);
    this.#refill();
  }

  /** Those whose users send now. */
  get active(): readonly CrashBucket[] {
    return this.#active;
  }

  get all(): readonly CrashBucket[] {
    return [...this.#all.values()];
  }

  /**
   * Buckets in use that have given more than they held and what came back; what they still hold counts too, so that a
   * token too many is found before anybody spends it.
   *
   * @param heldBy what a bucket has left on disk
   */
  overdrawn(nowMs: number, heldBy: (bucket: CrashBucket) => number): readonly Overdrawn[] {
    return this.#active
      .map((bucket) => ({ ...bucket, held: bucket.admitted === 0 ? 0 : heldBy(bucket) }))
      .filter((bucket) => bucket.admitted + bucket.held > mostOf(bucket, nowMs) + ROUNDING);
  }

  #refill(): void {
    for (const limit of LIMITS) {
      while (this.#active.filter((one) => one.limit === limit).length < USERS_EACH) {
        const user = `${limit.name}-${++this.#made}`;
        const bucket = { user, limit, admitted: 0, firstAtMs: 0, struck: 0, age: 0, idle: 0 };
        this.#all.set(user, bucket);
        this.#active.push(bucket);
      }
    }
  }
}

/** capacity + rate × time, and one where tokens come back: one may be spent a moment early. */
export function mostOf(
  { limit: { capacity, refill }, admitted, firstAtMs }: CrashBucket,
  nowMs: number,
): number {
  if (refill === 0 || admitted === 0) return capacity;
  return capacity + (refill * (nowMs - firstAtMs)) / 1000 + 1;
}
