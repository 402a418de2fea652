/** What the answers of a surge come to, second by second and in all. */
import { type Answer, grownPositions, type Visitor } from "../lib/crowd.ts";
import { percentile } from "../lib/percentile.ts";

export type Kind =
  /** An answer of an origin. */
  | "passed"
  /** A place in line. */
  | "queued"
  /** The place that was asked for again, and the pass. */
  | "polled"
  /** 429. */
  | "limited"
  /** 503: maintenance, or nobody there to take it. */
  | "turnedAway"
  /** Any other answer of 400 or more. */
  | "refused"
  /** None in time. */
  | "unanswered";

export interface Second {
  readonly atSeconds: number;
  came: number;
  passed: number;
  denied: number;
  /** Users of this surge who hold a place in line, at the end of the second. */
  waiting: number;
  inside: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

export interface Report {
  readonly seconds: number;
  readonly users: number;
  readonly requests: number;
  readonly answers: Readonly<Record<Kind, number>>;
  /** Requests that an origin answered, a second. */
  readonly goodput: { readonly mean: number; readonly most: number };
  /** Of requests that an origin answered, milliseconds. */
  readonly latencyMs: Quantiles;
  readonly queue: {
    readonly users: number;
    readonly mostAtOnce: number;
    readonly highestPosition: number;
    readonly stillWaiting: number;
    /** Users who were told a higher position after a lower one. */
    readonly grown: number;
  };
  /** From coming to coming in, of those who waited, seconds. */
  readonly waitSeconds: Quantiles;
  readonly denials: { readonly limited: number; readonly turnedAway: number; readonly refused: number };
  /** Share of requests without an answer, or refused with 5xx that is none of the above, percent. */
  readonly failedPercent: number;
  /** How much later than planned users were sent, milliseconds; large: this machine is too slow for the rate. */
  readonly senderLateMs: Quantiles;
}

export class Tally {
  readonly seconds: Second[] = [];
  readonly #startMs = performance.now();
  readonly #counts: Record<Kind, number> = {
    passed: 0,
    queued: 0,
    polled: 0,
    limited: 0,
    turnedAway: 0,
    refused: 0,
    unanswered: 0,
  };
  readonly #latencies: number[] = [];
  readonly #lateMs: number[] = [];
  #failed = 0;

  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  came(lateMs: number): void {
    this.#now().came += 1;
    this.#lateMs.push(lateMs);
  }

  answered(answer: Answer | undefined, sentAtMs: number): void {
    const kind = kindOf(answer);
    this.#counts[kind] += 1;
    const second = this.#now();
    if (kind === "passed") {
      second.passed += 1;
      this.#latencies.push((answer?.atMs ?? sentAtMs) - sentAtMs);
    }
    if (kind === "limited" || kind === "turnedAway" || kind === "refused") second.denied += 1;
    if (kind === "unanswered" || (kind === "refused" && (answer?.status ?? 0) >= 500)) this.#failed += 1;
  }

  /** Looks at who waits and who is in, as the second that is over leaves them. */
  look(visitors: readonly Visitor[], inside: number): void {
    const now = this.#now();
    const second = this.seconds.at(-2) ?? now;
    second.waiting = visitors.filter(isWaiting).length;
    second.inside = inside;
  }

  report(visitors: readonly Visitor[]): Report {
    const queued = visitors.filter(({ positions }) => positions.length > 0);
    const waits = queued.flatMap(({ joinedAtMs, admittedAtMs }) =>
      admittedAtMs === undefined ? [] : [(admittedAtMs - joinedAtMs) / 1000],
    );
    const requests = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    const { limited, turnedAway, refused } = this.#counts;
    const seconds = Math.max(1, this.elapsedMs / 1000);
    return {
      seconds: round(seconds),
      users: this.#lateMs.length,
      requests,
      answers: { ...this.#counts },
      goodput: {
        mean: round(this.#counts.passed / seconds),
        most: this.seconds.reduce((most, { passed }) => Math.max(most, passed), 0),
      },
      latencyMs: quantiles(this.#latencies),
      queue: {
        users: queued.length,
        mostAtOnce: this.seconds.reduce((most, { waiting }) => Math.max(most, waiting), 0),
        highestPosition: queued.reduce((most, { positions }) => Math.max(most, ...positions), 0),
        stillWaiting: visitors.filter(isWaiting).length,
        grown: grownPositions(visitors).length,
      },
      waitSeconds: quantiles(waits),
      denials: { limited, turnedAway, refused },
      failedPercent: requests === 0 ? 0 : round((100 * this.#failed) / requests),
      senderLateMs: quantiles(this.#lateMs),
    };
  }

  #now(): Second {
    const atSeconds = Math.floor(this.elapsedMs / 1000);
    for (let next = this.seconds.length; next <= atSeconds; next += 1) {
      const { waiting = 0, inside = 0 } = this.seconds.at(-1) ?? {};
      this.seconds.push({ atSeconds: next, came: 0, passed: 0, denied: 0, waiting, inside });
    }
    return this.seconds[atSeconds] as Second;
  }
}

function isWaiting({ positions, admittedAtMs }: Visitor): boolean {
  return positions.length > 0 && admittedAtMs === undefined;
}

function kindOf(answer: Answer | undefined): Kind {
  if (answer === undefined) return "unanswered";
  const { status, json } = answer;
  if (json?.state === "admitted") return "polled";
  if (json?.state === "waiting" || json?.state === "paused") return status === 200 ? "polled" : "queued";
  if (status < 400) return "passed";
  if (status === 429) return "limited";
  return status === 503 ? "turnedAway" : "refused";
}

function quantiles(values: readonly number[]): Quantiles {
  const at = (share: number) => (values.length === 0 ? 0 : round(percentile(values, share)));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
