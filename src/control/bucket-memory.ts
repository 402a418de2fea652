/** What a Limiter object remembers of buckets beside their tokens: who asked lately, and the last denials. */
import type { Denial } from "../config/limiter-api.ts";
import type { Holder } from "../policy/lending.ts";

/** Buckets of which something is remembered; the longest unused is forgotten first. */
const MAX_REMEMBERED = 20_000;
/** Denials that are remembered of a bucket. */
const KEPT_DENIALS = 10;

interface Lately {
  holders: readonly Holder[];
  denials: Denial[];
}

/** In memory only: a restart forgets who holds leases, whose tokens were debited when they were lent. */
export class BucketMemory {
  readonly #lately = new Map<string, Lately>();

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
    const lately = this.#lately.get(key) ?? { holders: [], denials: [] };
    this.#lately.delete(key);
    this.#lately.set(key, lately);
    const oldest = this.#lately.keys().next().value;
    if (this.#lately.size > MAX_REMEMBERED && oldest !== undefined) this.#lately.delete(oldest);
    return lately;
  }
}
