/** What somebody without ticket and pass gets: a place in line, entry, or a question to the Room first. */

export interface NewcomerSigns {
  /** Nobody is let in: by an operator, the pre-queue of an event, a pace of 0, or for want of regions. */
  readonly isHeld: boolean;
  /** The Room says that nobody is let in. */
  readonly isPaused: boolean;
  /** The pool fails, and this edge keeps newcomers back. */
  readonly isInTrouble: boolean;
  /** The lane takes newcomers without a ticket, as far as this edge knows; undefined when that is too old. */
  readonly isOpen: boolean | undefined;
  /** Slots of the lane that this edge may give away. */
  readonly slots: number;
  /** The Room cannot be reached. */
  readonly isDown: boolean;
  /** An exchange is under way, or it is too soon for another. */
  readonly mustWait: boolean;
}

export type NewcomerDecision =
  | { readonly kind: "ticket" }
  /** In, with a slot of the edge's. */
  | { readonly kind: "slot" }
  /** Ask the Room, then look again. */
  | { readonly kind: "ask" }
  /** Another asks: look again shortly. */
  | { readonly kind: "wait" }
  /** Nobody can be asked: the room's `on_error` decides. */
  | { readonly kind: "down" };

export function decideNewcomer(signs: NewcomerSigns): NewcomerDecision {
  if (signs.isHeld || signs.isInTrouble) return { kind: "ticket" };
  if (signs.isDown) return { kind: "down" };
  if (signs.isPaused || signs.isOpen === false) return { kind: "ticket" };
  if (signs.slots > 0) return { kind: "slot" };
  return { kind: signs.mustWait ? "wait" : "ask" };
}
