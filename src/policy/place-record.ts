/** Decides which of a signed-in user's tickets is their place in a room, whatever the devices that they come with. */

/** A place that a device shows. */
export interface OfferedPlace {
  readonly ticketId: string;
  readonly arrivedAtMs: number;
  readonly expiresAtMs: number;
}

export type PlaceRecord =
  | ({ readonly kind: "waiting" } & OfferedPlace)
  /** Let in. The place is used up: who comes back after the pass begins anew. */
  | { readonly kind: "in"; readonly passId: string; readonly untilMs: number };

/** Until when the record says anything. */
export function placeEndMs(record: PlaceRecord): number {
  return record.kind === "in" ? record.untilMs : record.expiresAtMs;
}

/**
 * The record after a device offered a place. The earlier arrival is the user's, also when it is told later: a ticket
 * from before the user signed in is adopted. Of two that came in the same millisecond the known one stays.
 *
 * @param overPassId a pass that is known to be over: a record of it says nothing
 * @param overTicketId the same of a ticket that is used up, of whose pass the record was not told
 */
export function afterJoin(
  known: PlaceRecord | undefined,
  offered: OfferedPlace,
  nowMs: number,
  overPassId?: string,
  overTicketId?: string,
): PlaceRecord {
  const fresh: PlaceRecord = { kind: "waiting", ...offered };
  if (known === undefined || placeEndMs(known) <= nowMs) return fresh;
  if (known.kind === "in") return known.passId === overPassId ? fresh : known;
  if (known.ticketId === overTicketId) return fresh;
  const first = offered.arrivedAtMs < known.arrivedAtMs ? fresh : known;
  // Shown on any device, the place is kept.
  return { ...first, expiresAtMs: Math.max(known.expiresAtMs, offered.expiresAtMs) };
}

/** The record after the user was let in, or stays in for longer. What is told late does not shorten it. */
export function afterLetIn(known: PlaceRecord | undefined, passId: string, untilMs: number): PlaceRecord {
  return known?.kind === "in" && known.untilMs >= untilMs ? known : { kind: "in", passId, untilMs };
}
