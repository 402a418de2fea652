/** What every language must say; a missing key, or one without its time or number, does not compile. */

/** A sentence with a place for a time or a duration. */
export type WithTime = `${string}{time}${string}`;

/** A sentence with a place for a number. It fits every number, so that no language has to choose a plural. */
export type WithCount = `${string}{count}${string}`;

export interface Words {
  /** The language's own name, as the switcher shows it. */
  readonly name: string;
  /** What the switcher is called. */
  readonly languages: string;
  /** The heading over {@link nothingTaken}. */
  readonly notTaken: string;
  /** Where nothing happened to the reader's money, whatever the page. */
  readonly nothingTaken: string;
  readonly maintenance: {
    readonly title: string;
    readonly until: WithTime;
    readonly unknownEnd: string;
    /** The end that was told has passed while the page was open. */
    readonly over: string;
    readonly worksTitle: string;
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
    /** Nobody is ahead. */
    readonly first: string;
    /** By the reader's clock, from when to when the wait ends. */
    readonly clock: WithTime;
    readonly progress: string;
    readonly keptTitle: string;
    readonly keptUntil: WithTime;
    readonly nextTitle: string;
    /** In place of `next` where the page can do nothing by itself. */
    readonly nextPlain: string;
    readonly askAgain: string;
    /** The turn has come, and the page did not go on by itself. */
    readonly goOn: string;
  };
  /** Is it the reader's network, or the bank? */
  readonly help: {
    readonly title: string;
    /** Before anything was measured. */
    readonly loaded: string;
    readonly fine: WithTime;
    readonly slow: WithTime;
    readonly offline: string;
    readonly busy: string;
    readonly busyCount: WithCount;
  };
  readonly quiet: {
    readonly title: string;
    readonly label: string;
    readonly fewest: WithTime;
  };
  /** A reminder. The page asks nothing while nobody looks at it, so it must not promise more than the estimate. */
  readonly tell: {
    readonly button: string;
    readonly on: string;
    readonly denied: string;
    readonly near: string;
  };
  readonly leave: {
    readonly title: string;
    readonly text: string;
    readonly button: string;
    readonly doneTitle: string;
    readonly done: string;
  };
  /** “System busy” is this edge's word, “transaction failed” the bank's. */
  readonly difference: {
    readonly title: string;
    readonly busy: string;
    readonly failed: string;
  };
  readonly links: {
    readonly support: string;
    readonly status: string;
    readonly home: string;
  };
  readonly update: {
    readonly text: string;
    readonly link: string;
  };
  readonly failure: {
    readonly busyTitle: string;
    readonly busy: string;
    readonly downTitle: string;
    readonly down: string;
    readonly lateTitle: string;
    readonly late: string;
    /** The edge's own fault, where asking again does no harm. */
    readonly errorTitle: string;
    readonly error: string;
    /** A payment was sent and nobody knows what became of it. */
    readonly unknownTitle: string;
    readonly unknown: string;
    readonly stay: string;
    readonly look: string;
    readonly ask: string;
    readonly account: string;
    /** By which support finds what happened. */
    readonly reference: `${string}{id}${string}`;
  };
  /** The public status page. */
  readonly status: {
    readonly normal: string;
    readonly busy: string;
    readonly planned: WithTime;
    readonly onlyMe: string;
    readonly asOf: WithTime;
    readonly refresh: string;
  };
}
