/** What a Room and a user's shard answer about one ticket or pass. */

export type ClaimAnswer =
  /** Asked again it says the same. `untilMs` is what the pass may be signed for. */
  | { readonly kind: "admitted"; readonly untilMs: number }
  /** No slot is free for it yet; it will be one of the next. */
  | { readonly kind: "standing" }
  /** It has become a pass before, and that pass is over. */
  | { readonly kind: "used" };

export type Resumption = { readonly kind: "active"; readonly untilMs: number } | { readonly kind: "gone" };

export type Adoption =
  /** The slot is the user's now, and the pass that was shown is over. Asked again it says the same. */
  | { readonly kind: "adopted"; readonly untilMs: number }
  /** Another user has taken it, or it is over. */
  | { readonly kind: "refused" }
  /** Some edge may have given it and not told yet. */
  | { readonly kind: "unknown" };

export type PlaceAnswer =
  /** The user's earliest place; the one that was offered when there was none before it. */
  | { readonly kind: "waiting"; readonly ticketId: string; readonly arrivedAtMs: number }
  /** The user is in already, by this pass. */
  | { readonly kind: "admitted"; readonly passId: string };
