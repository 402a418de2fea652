/** What was seen to break a rule, and the rules by name. */
import type { Scenario } from "./scenario.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual.ts";

export interface Wrong {
  /** From the start. */
  readonly atMs: number;
  /** The rule that was broken. */
  readonly rule: Rule;
  readonly what: string;
}

export type Rule =
  /** A bucket never gives more than its capacity and what has come in. */
  | "bucket"
  /** Users who are in and slots that edges hold are all in the Room's books. */
  | "slots"
  /** Nothing is lent, and nobody let in, above the limit. */
  | "limit"
  /** No pass says more than its slot is booked for. */
  | "pass"
  /** No more come in within a minute than the room allows. */
  | "pace"
  /** Who comes first is called first, and is not passed over. */
  | "order"
  /** What is told of one ticket never grows: to one device, and at one edge whatever the device. */
  | "position"
  /** No payment is done twice, or done after it was told not to be. */
  | "payment"
  /** A region that is well takes users, and free slots are taken while people wait. */
  | "idle"
  /** When all is quiet, nothing is left behind. */
  | "rest";

const MOST_WRONGS = 10;

/** Shared by all who watch one world. */
export class Wrongs {
  readonly all: Wrong[] = [];
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly scenario: Scenario;
  readonly startMs: number;

  constructor(time: VirtualTime, trace: Trace, scenario: Scenario) {
    this.time = time;
    this.trace = trace;
    this.scenario = scenario;
    this.startMs = time.nowMs;
  }

  /** Of each rule the first is kept. */
  note(rule: Rule, what: string): void {
    this.trace.note(this.time.nowMs, "wrong", rule, what);
    const isKnown = this.all.some((one) => one.rule === rule);
    if (!isKnown && this.all.length < MOST_WRONGS) {
      this.all.push({ atMs: this.time.nowMs - this.startMs, rule, what });
    }
  }
}
