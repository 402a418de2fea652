/** What somebody without ticket and pass gets: a place in line, entry, or a question to the Room first. */

/** A lane as an edge knows it. */
export type LaneView =
  /** Not known, or too long ago. */
  | "unknown"
  /** Nobody waits, and there are free slots. */
  | "open"
  /** Nobody waits, and no slot is free but those that edges hold. */
  | "full"
  /** Somebody waits, who has a better right than any newcomer. */
  | "busy";

export interface NewcomerSigns {
  /** Nobody is let in: by an operator, the pre-queue of an event, a pace of 0, or for want of regions. */
  readonly isHeld: boolean;
  /** The pool fails, and this edge keeps newcomers back. */
  readonly isInTrouble: boolean;
  readonly lane: LaneView;
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
  const { isHeld, isInTrouble, lane, slots, isDown, mustWait } = signs;
  if (isHeld || isInTrouble) return { kind: "ticket" };
  if (lane === "busy" && !isDown) return { kind: "ticket" };
  if (slots > 0) return { kind: "slot" };
  if (isDown) return { kind: "down" };
  if (lane === "full") return { kind: "ticket" };
  return { kind: mustWait ? "wait" : "ask" };
}
