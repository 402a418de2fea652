/** What every language must say; a missing key, or one without its time or number, does not compile. */

/** A sentence with a place for a time or a duration. */
export type WithTime = `${string}{time}${string}`;

/** A sentence with a place for a number. It fits every number, so that no language has to choose a plural. */
export type WithCount = `${string}{count}${string}`;

export interface Words {
  /** Where nothing happened to the reader's money, whatever the page. */
  readonly nothingTaken: string;
  readonly maintenance: {
    readonly title: string;
    readonly until: WithTime;
    readonly unknownEnd: string;
  };
  readonly limited: {
    readonly title: string;
    /** The limit counts the reader, by account, device or address. */
    readonly whyCaller: string;
    /** Everybody shares the limit: it is not the reader's doing. */
    readonly whyEverybody: string;
  };
  /** The limit never fills again, so there is nothing to wait for. */
  readonly usedUp: {
    readonly title: string;
    readonly why: string;
  };
  readonly limiterDown: {
    readonly title: string;
    readonly why: string;
  };
  readonly again: {
    readonly wait: WithTime;
    readonly now: string;
    readonly link: string;
    /** For what a link cannot ask for again, such as a payment. */
    readonly submit: string;
    readonly back: string;
  };
  /** A place in a room's line. */
  readonly queued: {
    readonly title: string;
    readonly position: WithCount;
    readonly ahead: WithCount;
    readonly wait: WithTime;
    readonly unknown: string;
    readonly paused: string;
    /** Before an event's start, in the place of a place. */
    readonly starts: WithTime;
    /** What the reader may do without losing the place. */
    readonly kept: string;
    /** What the page does by itself when the turn comes; said only where it can. */
    readonly next: string;
    /** For what a link cannot ask for again: who has to do it, when, and that too early does no harm. */
    readonly submit: string;
    readonly check: string;
    readonly turn: string;
    readonly submitNow: string;
    /** The edge could not be asked just now. */
    readonly stale: string;
    /** The ticket is over, or this browser does not have it. */
    readonly lostTitle: string;
    readonly lost: string;
  };
}
