/** An edge's last stage: the real placement, ejection, retries and trust in writes, over the world's network and regions. */
import type { Snapshot } from "../../src/config/snapshot.ts";
import { balance, type Placement } from "../../src/edge/balance.ts";
import { type Compiled, compile, type PoolRuntime } from "../../src/edge/compiled.ts";
import { noteOutcome } from "../../src/edge/note-outcome.ts";
import { poolState } from "../../src/edge/pool-state.ts";
import type { Visit } from "../../src/edge/visit.ts";
import { notePresent } from "../../src/policy/drain.ts";
import { affinityHash } from "../../src/policy/identity-key.ts";
import { closeRequest, openRequest } from "../../src/policy/in-flight.ts";
import { type AttemptOutcome, isFailure } from "../../src/policy/outcome.ts";
import {
  decideRetry,
  type FinalAnswer,
  type MethodClass,
  methodClass,
  retryFailureOf,
} from "../../src/policy/retry.ts";
import type { Chance } from "./chance.ts";
import type { Network, Party } from "./network.ts";
import type { Asked, Region } from "./region.ts";
import type { VirtualTime } from "./virtual.ts";

export type Forwarded =
  /** A region's own answer. */
  | { readonly kind: "answered"; readonly status: number }
  /** Nobody was asked, or who was asked has surely done nothing. */
  | { readonly kind: "not-done" }
  /** Ask for the status; do not do it again. */
  | { readonly kind: "unknown" };

interface Errand {
  readonly asked: Asked;
  readonly method: MethodClass;
  readonly user: string | undefined;
  readonly deadlineMs: number;
  readonly tried: number[];
  readonly done: (forwarded: Forwarded) => void;
}

export class EdgePool {
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #network: Network;
  readonly #edge: Party;
  readonly #regions: readonly Region[];
  /** Called when this edge has ejected a region, so that all others hear of it. */
  readonly #reportSoon: () => void;
  #compiled: Compiled;
  /** By region: when an attempt last got no answer. */
  readonly unansweredAtMs = new Map<number, number>();
  attempts = 0;

  constructor(
    time: VirtualTime,
    chance: Chance,
    network: Network,
    edge: Party,
    regions: readonly Region[],
    snapshot: Snapshot,
    reportSoon: () => void,
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#network = network;
    this.#edge = edge;
    this.#regions = regions;
    this.#reportSoon = reportSoon;
    this.#compiled = compile(snapshot, undefined, time.shownMs, chance.draw());
  }

  get compiled(): Compiled {
    return this.#compiled;
  }

  take(snapshot: Snapshot): void {
    this.#compiled = compile(snapshot, this.#compiled, this.#time.shownMs, this.#chance.draw());
  }

  get pool(): PoolRuntime {
    const [pool] = this.#compiled.pools;
    if (pool === undefined) throw new Error("no pool");
    return pool;
  }

  /** Regions that this edge would send somebody new to, by index. */
  usable(): readonly number[] {
    return poolState(this.pool, this.#time.shownMs).usable;
  }

  forward(asked: Asked, user: string, done: (forwarded: Forwarded) => void): void {
    const method = methodClass(asked.kind === "payment" ? "POST" : "GET");
    const deadlineMs = this.#time.nowMs + this.pool.timeoutMs;
    this.#next({ asked, method, user, deadlineMs, tried: [], done }, undefined);
  }

  #next(errand: Errand, failed: Forwarded | undefined): void {
    const placement = this.#place(errand);
    if (placement.kind !== "origin") {
      errand.done(failed ?? { kind: "not-done" });
      return;
    }
    this.#attempt(errand, placement);
  }

  #place({ method, user, tried }: Errand): Placement {
    const { pool } = this;
    const nowMs = this.#time.shownMs;
    const isWrite = method !== "safe";
    const mayTry = !isWrite && tried.length === 0 && pool.config.retry.attempts > 1;
    const visit = { caller: { key: user }, request: {}, picked: {} } as unknown as Visit;
    return balance(visit, pool, poolState(pool, nowMs), { isWrite, mayTry, asked: tried }, nowMs);
  }

  #attempt(errand: Errand, { index, isTrial }: Extract<Placement, { kind: "origin" }>): void {
    const { pool } = this;
    const origin = pool.origins[index];
    const region = this.#regions[index];
    if (origin === undefined || region === undefined) throw new Error("no such region");
    this.attempts += 1;
    errand.tried.push(index);
    const sentAtMs = this.#time.shownMs;
    const open = openRequest(origin.memory.inFlight, sentAtMs, pool.timeoutMs);
    const ended = (answer: AttemptOutcome | undefined) => {
      closeRequest(open);
      const outcome = answer ?? { kind: "timed-out" as const };
      if (answer === undefined) this.unansweredAtMs.set(index, this.#time.nowMs);
      this.#ended(errand, index, isTrial, sentAtMs, outcome);
    };
    this.#send(region, errand, ended);
  }

  /** The request over the wire: what the region does it does when it comes, whether or not its answer arrives. */
  #send(
    region: Region,
    { asked, deadlineMs }: Errand,
    ended: (outcome: AttemptOutcome | undefined) => void,
  ): void {
    const { life } = this.#edge;
    let isOpen = true;
    const finish = (outcome: AttemptOutcome | undefined) => {
      if (!isOpen || this.#edge.life !== life) return;
      isOpen = false;
      ended(outcome);
    };
    this.#time.in(this.#edge, Math.max(1, deadlineMs - this.#time.nowMs), () => finish(undefined));
    this.#network.send(region, () => {
      const { outcome, afterMs } = region.serve(asked, this.#time.nowMs);
      if (outcome === undefined) return;
      this.#time.in(region, afterMs, () => this.#network.send(this.#edge, () => finish(outcome)));
    });
  }

  #ended(errand: Errand, index: number, isTrial: boolean, sentAtMs: number, outcome: AttemptOutcome): void {
    const { pool } = this;
    const nowMs = this.#time.shownMs;
    const isWrite = errand.method !== "safe";
    const note = { origin: index, isTrial, isWrite, sentAtMs, tookMs: nowMs - sentAtMs, outcome };
    if (noteOutcome(pool, note, nowMs)) this.#reportSoon();
    const isTrialFailure = isTrial && isFailure(outcome, { count5xx: pool.config.ejection.count_5xx });
    const failure = retryFailureOf(outcome) ?? (isTrialFailure ? "unavailable" : undefined);
    if (failure === undefined) {
      if (pool.keepsUsers && errand.user !== undefined) {
        notePresent(pool.memory.presence, affinityHash(errand.user), index, nowMs);
      }
      errand.done({ kind: "answered", status: outcome.kind === "answered" ? outcome.status : 0 });
      return;
    }
    const { usable } = poolState(pool, nowMs);
    const decision = decideRetry(
      { methodClass: errand.method, failure, bytesSent: true, bodyKept: true, responseStarted: false },
      {
        attempts: errand.tried.length,
        mostAttempts: pool.config.retry.attempts,
        othersLeft: usable.filter((other) => !errand.tried.includes(other)).length,
        budget: pool.memory.budget,
        isTrial,
        timeLeftMs: errand.deadlineMs - this.#time.nowMs,
      },
      this.#chance.draw(),
    );
    if (decision.kind === "retry-elsewhere") {
      const { life } = this.#edge;
      this.#time.in(this.#edge, decision.afterMs, () => {
        if (this.#edge.life === life) this.#next(errand, toldOf("pass-on", outcome));
      });
      return;
    }
    errand.done(toldOf(decision.answer, outcome));
  }
}

/** What the client may conclude from what it is told (`docs/errors.md`): only "outcome-unknown" leaves it open. */
function toldOf(answer: FinalAnswer, outcome: AttemptOutcome): Forwarded {
  switch (answer) {
    case "outcome-unknown":
    case "none":
      return { kind: "unknown" };
    case "origin-unreachable":
    case "origin-timeout":
      return { kind: "not-done" };
    case "pass-on":
      // RFC 9110 §15.6.4: 503 says that nothing was done; of any other failure the client knows nothing.
      return outcome.kind === "answered" && outcome.status === 503
        ? { kind: "not-done" }
        : { kind: "unknown" };
  }
}
