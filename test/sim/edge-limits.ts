/** An edge's limits: leases by the real policy, asks over the network, what is left brought back. */

import { type Breaker, mayAsk, newBreaker, noteAnswer, noteFailure } from "../../src/policy/breaker.ts";
import {
  beginAsk,
  beginReturn,
  decideLease,
  dropAsk,
  endAsk,
  failAsk,
  heldTokens,
  isLive,
  type Lease,
  newLease,
  noteDemand,
  owedTokens,
  refund,
  spend,
} from "../../src/policy/lease.ts";
import { type Ask, type Grant, LEASE_MS } from "../../src/policy/lending.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import { TwoGenerations } from "../../src/policy/two-generations.ts";
import { LIMITER_TIMEOUT_MS } from "./config.ts";
import type { LimiterObject } from "./limiter-object.ts";
import type { Network, Party } from "./network.ts";
import type { VirtualTime } from "./virtual.ts";

export type Charged = "paid" | "denied" | "down";

interface Held {
  readonly key: string;
  readonly lease: Lease;
  isTimerSet: boolean;
  waiting: Waiting[];
}

interface Waiting {
  readonly cost: number;
  readonly untilMs: number;
  isRefused: boolean;
  readonly done: (charged: Charged) => void;
}

/** As `leases.ts` remembers them. */
const BOUNDS = { maxEntries: 25_000, maxKeyLength: 8_000_000 };
/** As `limit.ts` looks again, a little slower. */
const LOOK_AGAIN_MS = 10;
/** As `lease-returns.ts` makes its rounds. */
const ROUND_MS = 50;

export class EdgeLimits {
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #edge: Party & { readonly name: string };
  readonly #shape: BucketShape;
  readonly #shards: readonly LimiterObject[];
  readonly #breakers: Breaker[];
  readonly #held = new TwoGenerations<Held>(BOUNDS);
  /** Those that may hold tokens. */
  readonly #holding = new Set<Held>();

  constructor(
    time: VirtualTime,
    network: Network,
    edge: Party & { readonly name: string },
    shape: BucketShape,
    shards: readonly LimiterObject[],
  ) {
    this.#time = time;
    this.#network = network;
    this.#edge = edge;
    this.#shape = shape;
    this.#shards = shards;
    this.#breakers = shards.map(newBreaker);
  }

  charge(key: string, hash: number, cost: number, done: (charged: Charged) => void): void {
    const held = this.#of(key);
    const nowMs = this.#time.shownMs;
    noteDemand(held.lease, cost, nowMs);
    this.#settle(held, hash, {
      cost,
      untilMs: this.#time.nowMs + LIMITER_TIMEOUT_MS,
      isRefused: false,
      done,
    });
  }

  /** Another stage refused the request: it costs nothing. */
  giveBack(key: string, hash: number, cost: number): void {
    const held = this.#of(key);
    refund(held.lease, cost, this.#time.shownMs);
    this.#seeToReturn(held, hash);
  }

  /** Tokens that could be spent here. */
  spendable(key: string, nowMs: number): number {
    const held = this.#held.get(key);
    return held === undefined || !isLive(held.lease, nowMs) ? 0 : heldTokens(held.lease);
  }

  /** All tokens that are held here, to be brought back or not. */
  get heldInAll(): number {
    let sum = 0;
    for (const { lease } of this.#holding) sum += heldTokens(lease);
    return sum;
  }

  get remembered(): number {
    return this.#held.size;
  }

  #of(key: string): Held {
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const lease = newLease(this.#shape, this.#time.shownMs);
    const made: Held = { key, lease, isTimerSet: false, waiting: [] };
    this.#held.set(key, made);
    return made;
  }

  #settle(held: Held, hash: number, waiting: Waiting): void {
    const { lease } = held;
    const { cost, done } = waiting;
    const decision = decideLease(lease, cost, this.#time.shownMs);
    switch (decision.kind) {
      case "spend":
        spend(lease, cost);
        done("paid");
        return;
      case "deny":
        done("denied");
        return;
      case "wait":
        this.#wait(held, hash, waiting);
        return;
      case "ask":
        this.#ask(held, hash, beginAsk(lease, cost, this.#time.shownMs), waiting);
        return;
    }
  }

  #wait(held: Held, hash: number, waiting: Waiting): void {
    if (this.#time.nowMs >= waiting.untilMs) {
      waiting.done(waiting.isRefused ? "denied" : "down");
      return;
    }
    const { life } = this.#edge;
    this.#time.in(this.#edge, LOOK_AGAIN_MS, () => {
      if (this.#edge.life === life) this.#settle(held, hash, waiting);
    });
  }

  #ask(held: Held, hash: number, ask: Ask, waiting: Waiting | undefined): void {
    const { lease } = held;
    const index = hash % this.#shards.length;
    const shard = this.#shards[index];
    const breaker = this.#breakers[index];
    if (shard === undefined || breaker === undefined) throw new Error("no such shard");
    if (!mayAsk(breaker, this.#time.shownMs)) {
      dropAsk(lease, ask, this.#time.shownMs);
      this.#seeToReturn(held, hash);
      waiting?.done("down");
      return;
    }
    const answered = (grants: readonly Grant[] | undefined) => {
      const grant = grants?.[0];
      const nowMs = this.#time.shownMs;
      if (grant === undefined) {
        noteFailure(breaker, nowMs);
        failAsk(lease, ask);
        waiting?.done("down");
        return;
      }
      noteAnswer(breaker);
      endAsk(lease, ask, grant, nowMs);
      this.#seeToReturn(held, hash);
      if (waiting === undefined) return;
      if (grant.isPaid) waiting.done("paid");
      else this.#lookAgain(held, hash, waiting);
    };
    const late = (grants: readonly Grant[]) => {
      const [grant] = grants;
      if (grant === undefined) return;
      // Nobody waits for the tokens of a request that was given up.
      const unspent = grant.isPaid ? { ...grant, lease: grant.lease + ask.need } : grant;
      endAsk(lease, ask, unspent, this.#time.shownMs);
      this.#seeToReturn(held, hash);
    };
    const edge = `${this.#edge.name}`;
    const request = () => shard.ask(edge, [{ key: held.key, ask }], this.#time.shownMs);
    this.#network.call(this.#edge, shard, request, answered, { deadlineMs: LIMITER_TIMEOUT_MS }, late);
  }

  /** The store said no; another ask may have brought something meanwhile. */
  #lookAgain(held: Held, hash: number, waiting: Waiting): void {
    waiting.isRefused = true;
    const { kind } = decideLease(held.lease, waiting.cost, this.#time.shownMs);
    if (kind === "spend") {
      spend(held.lease, waiting.cost);
      waiting.done("paid");
    } else if (kind === "wait") this.#wait(held, hash, waiting);
    else waiting.done("denied");
  }

  #seeToReturn(held: Held, hash: number): void {
    if (owedTokens(held.lease) > 0) this.#holding.add(held);
    if (held.isTimerSet || owedTokens(held.lease) === 0) return;
    held.isTimerSet = true;
    const { life } = this.#edge;
    const leftMs = held.lease.endsAtMs - this.#time.shownMs;
    this.#time.in(this.#edge, Math.min(LEASE_MS, Math.max(ROUND_MS, leftMs)), () => {
      if (this.#edge.life !== life) return;
      held.isTimerSet = false;
      const nowMs = this.#time.shownMs;
      if (!isLive(held.lease, nowMs)) {
        const ask = beginReturn(held.lease, nowMs);
        if (ask !== undefined) this.#ask(held, hash, ask, undefined);
      }
      if (owedTokens(held.lease) === 0) this.#holding.delete(held);
      this.#seeToReturn(held, hash);
    });
  }
}
