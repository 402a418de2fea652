/** That no user takes more of a bucket than is in it. */
import { type BucketShape, tokensPerMs } from "../../src/policy/token-bucket.ts";
import type { Wrongs } from "./wrongs.ts";

const ROUNDING = 1e-6;

export class BucketWatch {
  readonly #wrongs: Wrongs;
  readonly #shape: BucketShape;
  /** By user: what was taken since the start, and how full a bucket that leaks at the limit's rate would be. */
  readonly #taken = new Map<string, { sum: number; filled: number; atMs: number }>();

  constructor(wrongs: Wrongs, shape: BucketShape) {
    this.#wrongs = wrongs;
    this.#shape = shape;
  }

  charged(user: string, cost: number): void {
    const nowMs = this.#wrongs.time.nowMs;
    this.#wrongs.trace.note(nowMs, "charged", user, cost);
    const { capacity } = this.#shape;
    const rate = tokensPerMs(this.#shape);
    const known = this.#taken.get(user) ?? { sum: 0, filled: 0, atMs: nowMs };
    const filled = Math.max(0, known.filled - (nowMs - known.atMs) * rate) + cost;
    const sum = known.sum + cost;
    this.#taken.set(user, { sum, filled, atMs: nowMs });
    const most = capacity + (nowMs - this.#wrongs.startMs) * rate + this.#aheadBySteps();
    if (sum > most + ROUNDING)
      this.#wrongs.note("bucket", `${user} took ${sum} tokens of ${most.toFixed(3)}`);
    const excess = filled - capacity;
    // Measured of leases (test/policy/lease-model.test.ts): ten tokens and an eighth of the capacity in any window.
    if (excess > 10 + capacity / 8) {
      this.#wrongs.note("bucket", `${user} took ${excess.toFixed(1)} tokens above ${capacity} in a window`);
    }
  }

  refunded(user: string, cost: number): void {
    const known = this.#taken.get(user);
    if (known === undefined) return;
    known.sum -= cost;
    known.filled = Math.max(0, known.filled - cost);
  }

  /** A step of an edge's clock brings what is lent ahead so much sooner (test/policy/lease-model.test.ts). */
  #aheadBySteps(): number {
    const steps = this.#wrongs.scenario.events.filter(({ kind }) => kind === "clock-steps").length;
    return steps * (this.#shape.refill / 2 + 1);
  }
}
