// What one user's bucket must hold, told from outside: what it held before, and when requests were sent and answered.
import type { IncomingMessage } from "node:http";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import type { Shot } from "./load.ts";

/** What the bucket held when no edge had any of it, at some moment between the two. */
export interface Reading {
  readonly level: number;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Seen {
  readonly sentAtMs: number;
  /** `Infinity` as long as there is no answer. */
  answeredAtMs: number;
  status: number;
}

/** What an edge heard of its store before has no consequences any more: leases are over by then. */
const STRETCH_MS = 1_000;

/**
 * Follows each request of the user from a first reading on. A bucket that is not full loses nothing, whenever it pays, so
 * it does not matter how long the machine kept an answer.
 */
export class BucketAccount {
  readonly #shape: BucketShape;
  readonly #start: Reading;
  readonly #seen: Seen[] = [];

  constructor(shape: BucketShape, start: Reading) {
    this.#shape = shape;
    this.#start = start;
  }

  /** For `paced`: every request is the same, and is noted. */
  follow(shot: Shot) {
    return {
      shot: (index: number): Shot => {
        const sentAtMs = performance.now();
        this.#seen[index] = { sentAtMs, answeredAtMs: Number.POSITIVE_INFINITY, status: 0 };
        return shot;
      },
      onAnswer: (index: number, { statusCode = 0 }: IncomingMessage): void => {
        const seen = this.#seen[index];
        if (seen !== undefined) Object.assign(seen, { answeredAtMs: performance.now(), status: statusCode });
      },
    };
  }

  get admitted(): number {
    return this.#admitted().length;
  }

  /** What was there and has come in until then. */
  given(atMs: number): number {
    return this.#start.level + (atMs - this.#start.toMs) * this.#ratePerMs;
  }

  /** What the bucket must hold at a second reading, at least and at most. */
  expected({ fromMs, toMs }: Reading): { readonly least: number; readonly most: number } {
    const most = this.#start.level + (toMs - this.#start.fromMs) * this.#ratePerMs;
    return { least: this.given(fromMs) - this.admitted, most: most - this.admitted };
  }

  /**
   * Whether the user asked so rarely that the bucket came near to being full by then: what came in may be lost, and by how
   * much is not known.
   */
  wasNearFull(untilMs: number): boolean {
    const { capacity } = this.#shape;
    const room = capacity - this.#ratePerMs * STRETCH_MS;
    let { level, fromMs: sinceMs } = this.#start;
    // One that pays whatever it can, as late as may be: tokens that the real one has lost leave no mark here.
    for (const { answeredAtMs } of this.#seen.toSorted(
      (one, other) => one.answeredAtMs - other.answeredAtMs,
    )) {
      level += (answeredAtMs - sinceMs) * this.#ratePerMs;
      sinceMs = answeredAtMs;
      if (level > room) return true;
      if (level >= 1) level -= 1;
    }
    return level + (untilMs - sinceMs) * this.#ratePerMs >= capacity;
  }

  /**
   * For each denial, in the order of sending: tokens that were there all the same, at least. Only denials in a stretch in
   * which every answer came within `promptMs`: an edge hears of tokens no sooner than its store answers.
   */
  leftAtDenials(promptMs: number): number[] {
    const late = this.#seen.filter(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs > promptMs);
    const isPrompt = (denial: Seen) =>
      !late.some(
        ({ sentAtMs, answeredAtMs }) =>
          sentAtMs <= denial.answeredAtMs && answeredAtMs >= denial.sentAtMs - STRETCH_MS,
      );
    const admitted = this.#admitted();
    // Whatever was sent before its answer may have been paid before it.
    const paidBefore = ({ answeredAtMs }: Seen) =>
      admitted.filter(({ sentAtMs }) => sentAtMs < answeredAtMs).length;
    return this.#seen
      .filter((seen) => seen.status === 429 && isPrompt(seen))
      .map((denial) => this.given(denial.sentAtMs) - paidBefore(denial));
  }

  get #ratePerMs(): number {
    return this.#shape.refill / this.#shape.intervalMs;
  }

  #admitted(): Seen[] {
    return this.#seen.filter(({ status }) => status === 200);
  }
}
