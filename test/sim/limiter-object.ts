/** A Limiter object: the real table on the real SQL, and the real lending; a crash forgets who holds leases, as there. */
import { BucketMemory } from "../../src/control/bucket-memory.ts";
import { BucketTable } from "../../src/control/bucket-table.ts";
import { type Ask, type Grant, lend } from "../../src/policy/lending.ts";
import { advance, type BucketShape, fullBucket } from "../../src/policy/token-bucket.ts";
import { sqliteInMemory } from "../support/sqlite.ts";
import type { Party } from "./network.ts";

export interface OneAsk {
  readonly key: string;
  readonly ask: Ask;
}

export class LimiterObject implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  calls = 0;
  readonly #sql = sqliteInMemory();
  readonly #shape: BucketShape;
  #table: BucketTable;
  #memory = new BucketMemory();

  constructor(shape: BucketShape) {
    this.#shape = shape;
    this.#table = this.#open();
  }

  ask(edge: string, asks: readonly OneAsk[], nowMs: number): Grant[] {
    this.calls += 1;
    return asks.map(({ key, ask }) => this.#lend(edge, key, ask, nowMs));
  }

  /** Tokens in a bucket. */
  level(key: string, nowMs: number): number {
    const bucket = this.#table.get(key)?.bucket ?? fullBucket(this.#shape, nowMs);
    return advance(bucket, this.#shape, nowMs).level;
  }

  /** Starts anew: what was written is there, the memory is not. */
  restart(): void {
    this.life += 1;
    this.#table = this.#open();
    this.#memory = new BucketMemory();
  }

  close(): void {
    this.#sql.close();
  }

  #open(): BucketTable {
    return new BucketTable(this.#sql as unknown as ConstructorParameters<typeof BucketTable>[0]);
  }

  /** As `Limiter` does it where the number of shards stays. */
  #lend(edge: string, key: string, ask: Ask, nowMs: number): Grant {
    const stored = this.#table.get(key);
    const before = stored?.bucket ?? fullBucket(this.#shape, nowMs);
    const { grant, bucket, holders } = lend(before, this.#memory.holders(key), this.#shape, edge, ask, nowMs);
    const isTouched = grant.isPaid && ask.need > 0;
    const isChanged =
      isTouched || grant.lease > 0 || grant.ahead !== undefined || ask.back > 0 || ask.spilled > 0;
    if (isChanged || stored === undefined) this.#table.put(key, bucket, this.#shape);
    this.#memory.noteHolders(key, holders);
    return grant;
  }
}
