/** Where buckets live: the one interface of all stores. */
import type { DeniedAtEdge } from "../config/limiter-api.ts";
import type { Ask, Grant } from "../policy/lending.ts";
import type { BucketShape } from "../policy/token-bucket.ts";

/** An ask for one bucket. */
export interface BucketAsk {
  /** Names the bucket and tells nothing of its user: a limit's name and a keyed hash. */
  readonly key: string;
  /** 32 bits of the user's keyed hash: buckets of one user live together. */
  readonly hash: number;
  readonly shape: BucketShape;
  readonly ask: Ask;
  /** What this edge has denied by itself since it last asked; a store may forget it. */
  readonly denied?: DeniedAtEdge | undefined;
  /**
   * The key of an ask before this one, of the same hash and store, in place of which it is meant: where that was paid,
   * this one only brings back what it brings, and is not paid. A store may carry it out all the same.
   */
  readonly unlessPaid?: string | undefined;
}

/** The store was not asked, because it has failed a moment ago: nothing was taken and nothing brought back. */
export class NotAsked extends Error {}

/** Several asks in one round trip, whatever their number. */
export interface BucketStore {
  /**
   * One answer for each ask, in their order; an `Error` where that ask's part of the store gave none within the
   * store's deadline, {@link NotAsked} where it was left alone. Never rejects. `late` takes an answer that came after the deadline, so that no token is lost.
   */
  ask(asks: readonly BucketAsk[], late: (index: number, grant: Grant) => void): Promise<(Grant | Error)[]>;
}
