/** Virtual time for code that reads the clock or draws by itself: while a world runs, there is no other time or chance. */
import { Agenda } from "../support/agenda.ts";
import type { Chance } from "./chance.ts";

/** Whoever acts has a clock, which may be wrong. */
export interface Clocked {
  /** What its clock shows beyond the true time. */
  offsetMs: number;
}

export class VirtualTime {
  readonly agenda = new Agenda();
  #offsetMs = 0;

  /** The true time, epoch milliseconds. */
  get nowMs(): number {
    return this.agenda.nowMs;
  }

  /** The clock of whoever acts, whole milliseconds as a clock shows them. */
  get shownMs(): number {
    return Math.floor(this.agenda.nowMs + this.#offsetMs);
  }

  /** Does something by somebody's clock. */
  as<T>(actor: Clocked, act: () => T): T {
    const before = this.#offsetMs;
    this.#offsetMs = actor.offsetMs;
    try {
      return act();
    } finally {
      this.#offsetMs = before;
    }
  }

  in(actor: Clocked, afterMs: number, act: () => void): void {
    this.agenda.in(Math.max(0, afterMs), () => this.as(actor, act));
  }
}

/** Runs a world with the process's clock and chance replaced by the world's: nothing of the machine can leak into it. */
export function withVirtual<T>(time: VirtualTime, chance: Chance, run: () => T): T {
  const { now } = Date;
  const { random } = Math;
  const { warn } = console;
  Date.now = () => time.shownMs;
  Math.random = chance.draw;
  console.warn = () => {};
  try {
    return run();
  } finally {
    Date.now = now;
    Math.random = random;
    console.warn = warn;
  }
}
