/** A region of the bank: what it does with requests while it is well, and while it is not. It counts what it has done. */
import type { AttemptOutcome } from "../../src/policy/outcome.ts";
import type { ProbeAnswer } from "../../src/policy/probe-health.ts";
import type { Chance } from "./chance.ts";
import type { Party } from "./network.ts";
import type { Fault, FaultyTime, RegionPlan } from "./scenario.ts";

export type Asked =
  | { readonly kind: "read" }
  | { readonly kind: "payment"; readonly id: string }
  | { readonly kind: "end" };

/** What becomes of a request, and when; undefined: nothing, ever. */
export interface Served {
  readonly outcome: AttemptOutcome | undefined;
  readonly afterMs: number;
}

export class Region implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  requests = 0;
  readonly plan: RegionPlan;
  readonly #faults: readonly FaultyTime[];
  readonly #chance: Chance;
  readonly #startMs: number;
  /** What was paid, for all regions: they keep one ledger. */
  readonly #paid: Map<string, number>;

  constructor(
    plan: RegionPlan,
    faults: readonly FaultyTime[],
    chance: Chance,
    startMs: number,
    paid: Map<string, number>,
  ) {
    this.plan = plan;
    this.#faults = faults;
    this.#chance = chance;
    this.#startMs = startMs;
    this.#paid = paid;
  }

  /** Since when it has been well; undefined while it is not. */
  wellSinceMs(nowMs: number): number | undefined {
    let sinceMs = this.#startMs;
    for (const { fromMs, toMs } of this.#faults) {
      if (nowMs >= this.#startMs + fromMs && nowMs < this.#startMs + toMs) return undefined;
      if (nowMs >= this.#startMs + toMs) sinceMs = Math.max(sinceMs, this.#startMs + toMs);
    }
    return sinceMs;
  }

  serve(asked: Asked, nowMs: number): Served {
    this.requests += 1;
    const fault = this.#faultAt(nowMs, false);
    const [least, most] = this.plan.answerMs;
    const afterMs = this.#chance.between(least, most);
    if (fault !== "refuses" && fault !== "unavailable" && fault !== "grey") this.#do(asked);
    switch (fault) {
      case undefined:
        return { outcome: { kind: "answered", status: 200, hasRetryAfter: false }, afterMs };
      case "refuses":
        return { outcome: { kind: "disconnected" }, afterMs: 1 };
      case "breaks-off":
        return { outcome: { kind: "disconnected" }, afterMs };
      case "hangs":
        return { outcome: undefined, afterMs };
      case "unavailable":
      case "grey":
        return { outcome: { kind: "answered", status: 503, hasRetryAfter: false }, afterMs: 1 };
      case "gateway":
        return { outcome: { kind: "answered", status: 502, hasRetryAfter: false }, afterMs };
    }
  }

  /** Undefined: no answer. */
  probe(nowMs: number): ProbeAnswer | undefined {
    switch (this.#faultAt(nowMs, true)) {
      case undefined:
      case "grey":
        return { kind: "answered", status: 200, bodyText: "" };
      case "refuses":
      case "breaks-off":
        return { kind: "disconnected" };
      case "hangs":
        return undefined;
      case "unavailable":
        return { kind: "answered", status: 503, bodyText: "" };
      case "gateway":
        return { kind: "answered", status: 502, bodyText: "" };
    }
  }

  #do(asked: Asked): void {
    if (asked.kind === "payment") this.#paid.set(asked.id, (this.#paid.get(asked.id) ?? 0) + 1);
  }

  #faultAt(nowMs: number, isProbe: boolean): Fault | undefined {
    for (const { fault, fromMs, toMs, share } of this.#faults) {
      if (nowMs < this.#startMs + fromMs || nowMs >= this.#startMs + toMs) continue;
      if (isProbe && fault === "grey") continue;
      if (this.#chance.happens(share)) return fault;
    }
    return undefined;
  }
}
