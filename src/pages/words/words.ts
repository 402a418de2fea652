/** What every language must say; a missing key, or one without its time, does not compile. */

/** A sentence with a place for a time or a duration. */
export type WithTime = `${string}{time}${string}`;

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
}
