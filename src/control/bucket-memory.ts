/** What a Limiter object remembers of buckets beside their tokens: who asked lately, and the last denials. */
import type { Denial } from "../config/limiter-api.ts";
import type { Holder } from "../policy/lending.ts";
import { TwoGenerations } from "../policy/two-generations.ts";

/** Of two generations: something is remembered of the 10,000 buckets that were used last, and of 20,000 at most. */
const BOUNDS = { maxEntries: 10_000, maxKeyLength: 4_000_000 };
/** Denials that are remembered of a bucket. */
const KEPT_DENIALS = 10;

interface Lately {
  holders: readonly Holder[];
  denials: Denial[];
}

/** In memory only: a restart forgets who holds leases, whose tokens were debited when they were lent. */
export class BucketMemory {
  readonly #lately = new TwoGenerations<Lately>(BOUNDS);

  holders(key: string): readonly Holder[] {
    return this.#lately.get(key)?.holders ?? [];
  }

  denials(key: string): readonly Denial[] {
    return this.#lately.get(key)?.denials ?? [];
  }

  noteHolders(key: string, holders: readonly Holder[]): void {
    this.#touch(key).holders = holders;
  }

  noteDenial(key: string, denial: Denial): void {
    const lately = this.#touch(key);
    lately.denials = [denial, ...lately.denials].slice(0, KEPT_DENIALS);
  }

  #touch(key: string): Lately {
    const known = this.#lately.get(key);
    if (known !== undefined) return known;
    const lately: Lately = { holders: [], denials: [] };
    this.#lately.set(key, lately);
    return lately;
  }
}
