/** Which tickets an address holds, where a room caps them: for how long one counts, and whether there is room for one more. */

/** Told by a ticket whose address's object counts it. */
export interface TicketHold {
  /** Keyed hash of the address that took it: a phone that changes networks does not take its ticket along. */
  readonly owner: string;
  /** It is counted until then, epoch seconds; 0 while nobody has heard of it. */
  readonly untilSeconds: number;
}

/** A page that nobody looks at does not poll; it comes back within minutes, or not at all. */
const SHORTEST_HOLD_MS = 600_000;
/** Of a ticket's life. */
const HOLDS_PER_LIFE = 24;

/**
 * For how long a ticket counts after it was last heard of. Its place is kept for the whole of its life, so whoever falls
 * silent with all tickets, takes as many more, and so on, has {@link HOLDS_PER_LIFE} times the cap beside those that count.
 */
export function holdMs(ticketLifeMs: number): number {
  return Math.min(ticketLifeMs, Math.max(SHORTEST_HOLD_MS, ticketLifeMs / HOLDS_PER_LIFE));
}

/** Whether a ticket that is shown is to be told of: two calls in a hold, however often it polls. */
export function isHoldDue({ untilSeconds }: TicketHold, ticketLifeMs: number, nowMs: number): boolean {
  return untilSeconds * 1000 - nowMs < holdMs(ticketLifeMs) / 2;
}

/** Whose the ticket is: the address that took it, by its hash under today's secret where that can be told. */
export function holderOf(hold: TicketHold | undefined, addresses: readonly string[]): TicketHold {
  const [owner = ""] = addresses;
  if (hold === undefined) return { owner, untilSeconds: 0 };
  // After a change of the secret the count moves to where new tickets are counted.
  return hold.owner !== owner && addresses.includes(hold.owner) ? { owner, untilSeconds: 0 } : hold;
}

/** What is known of an address when a ticket is to be counted. */
export interface HeldNow {
  /** Tickets that count. */
  readonly count: number;
  /** Whether this one is among them. */
  readonly isAmong: boolean;
  /** Whether it was given up, or became a pass: what is told of it late does not bring it back. */
  readonly isOver: boolean;
  /** Of a new ticket, the cap; undefined for one that its holder has already, which is never taken away. */
  readonly most: number | undefined;
}

export function decideHold({ count, isAmong, isOver, most }: HeldNow): "count" | "pass-over" | "refuse" {
  if (isOver) return "pass-over";
  return isAmong || most === undefined || count < most ? "count" : "refuse";
}

/** Places come free as people are let in, which nobody foresees: whoever was refused asks again within so long. */
const LONGEST_RETRY_MS = 60_000;

/** When a refused address is to ask again, if the next of its tickets to be forgotten is forgotten in `freeInMs`. */
export function refusedRetryMs(freeInMs: number): number {
  return Math.min(LONGEST_RETRY_MS, Math.max(1, freeInMs));
}
