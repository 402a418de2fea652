/** The network of a world: every message takes its own time, so messages overtake each other; some are lost or come twice. */
import type { Chance } from "./chance.ts";
import type { Clocked, VirtualTime } from "./virtual.ts";

/** Shares of messages, 0 to 1. */
export interface Weather {
  readonly delayMs: readonly [least: number, most: number];
  readonly lost: number;
  /** Comes twice, each copy in its own time. A payment is never doubled on the wire: TCP does not. */
  readonly doubled: number;
  /** Takes {@link lateMs} more at most. */
  readonly late: number;
  readonly lateMs: number;
}

/** Somebody who may be gone, or for a while not there. */
export interface Party extends Clocked {
  /** Changes when it starts anew: what was meant for the one before reaches nobody. */
  life: number;
  isUp: boolean;
  /** Its calls reach nobody. */
  isCutOff?: boolean;
}

export interface CallOptions {
  /** So long the caller waits. */
  readonly deadlineMs: number;
  /** Whether the request may come twice. */
  readonly mayDouble?: boolean;
}

/** What a call came to: the answer, or undefined for none in time. */
export type Answered<T> = (answer: T | undefined) => void;

export class Network {
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  /** Only then messages are lost, doubled or late. */
  readonly #rough: { readonly fromMs: number; readonly toMs: number };
  readonly weather: Weather;

  constructor(
    time: VirtualTime,
    chance: Chance,
    weather: Weather,
    rough: { readonly fromMs: number; readonly toMs: number },
  ) {
    this.#time = time;
    this.#chance = chance;
    this.weather = weather;
    this.#rough = rough;
  }

  /** Something that is said, and needs no answer. */
  send(to: Party, act: () => void, mayDouble = false): void {
    for (let copies = this.#copies(mayDouble); copies > 0; copies -= 1) {
      const { life } = to;
      this.#time.in(to, this.#delayMs(), () => {
        if (to.isUp && to.life === life) act();
      });
    }
  }

  /**
   * Asks an object something.
   *
   * @param late gets an answer that came after its time
   */
  call<T>(
    from: Party,
    to: Party,
    ask: () => T | undefined,
    done: Answered<T>,
    { deadlineMs, mayDouble = false }: CallOptions,
    late?: (answer: T) => void,
  ): void {
    const { life } = from;
    let isOpen = true;
    const finish = (answer: T | undefined) => {
      if (from.life !== life) return;
      if (isOpen) {
        isOpen = false;
        done(answer);
      } else if (answer !== undefined) late?.(answer);
    };
    this.#time.in(from, deadlineMs, () => finish(undefined));
    for (let copies = from.isCutOff ? 0 : this.#copies(mayDouble); copies > 0; copies -= 1) {
      this.#time.in(to, this.#delayMs(), () => {
        const answer = to.isUp ? ask() : undefined;
        if (from.isCutOff || this.#copies(false) === 0) return;
        this.#time.in(from, this.#delayMs(), () => finish(answer));
      });
    }
  }

  #isCalm(): boolean {
    const { nowMs } = this.#time;
    return nowMs < this.#rough.fromMs || nowMs >= this.#rough.toMs;
  }

  #copies(mayDouble: boolean): number {
    if (this.#isCalm()) return 1;
    if (this.#chance.happens(this.weather.lost)) return 0;
    return mayDouble && this.#chance.happens(this.weather.doubled) ? 2 : 1;
  }

  #delayMs(): number {
    const [least, most] = this.weather.delayMs;
    const lateMs =
      !this.#isCalm() && this.#chance.happens(this.weather.late)
        ? this.#chance.draw() * this.weather.lateMs
        : 0;
    return this.#chance.between(least, most) + lateMs;
  }
}
