/** Slots that edges hold in advance, and what becomes of those of an edge that falls silent. */
import { COMMON_LANE } from "./room-rules.ts";
import { countIn, type SlotLease, type SlotLedger, takeSlot } from "./room-slots.ts";

/** Slots that somebody may be coming in with at this moment. */
export function lentSlots({ leases }: SlotLedger): number {
  return leases.count();
}

/** Slots of an edge that are presumed used. */
export function presumedOf({ presumed }: SlotLedger, edge: string): number {
  return countIn(presumed.get(edge)?.slots ?? new Map());
}

/**
 * Takes an edge's word on its slots, in place: what it holds goes on being leased, what it had besides and did not use is
 * free. Passes that it has given are noted before, so that no slot is free in between. What it never had it cannot hold:
 * that is an old message, of a time that is forgotten.
 */
export function settleLease(
  ledger: SlotLedger,
  edge: string,
  seq: number,
  holds: ReadonlyMap<string, number>,
  untilMs: number,
): "settled" | "outdated" {
  const before = ledger.leases.get(edge) ?? ledger.presumed.get(edge);
  if (before !== undefined && before.seq >= seq) return "outdated";
  // All that it ever had has been told of with this.
  if (ledger.presumed.delete(edge)) ledger.changed.edges.add(edge);
  setLease(ledger, edge, { seq, slots: atMost(holds, countIn(before?.slots ?? new Map())), untilMs });
  return "settled";
}

/** Lends slots beside those that the edge holds already, in place. They must be free. */
export function lendSlots(ledger: SlotLedger, edge: string, lane: string, count: number): void {
  const lease = ledger.leases.get(edge);
  if (lease === undefined || count <= 0) return;
  const slots = new Map(lease.slots);
  slots.set(lane, (slots.get(lane) ?? 0) + count);
  setLease(ledger, edge, { ...lease, slots });
}

/**
 * A pass that holds by its text is used and its slot is not known, in place: some edge has given it and could not tell.
 * It has one of the presumed slots, of its own lane where there is one. False when there is none.
 */
export function takePresumed(ledger: SlotLedger, id: string, lane: string, untilMs: number): boolean {
  if (ledger.presumed.count() === 0) return false;
  const found = firstHolder(ledger, ledger.presumed.count(lane) > 0 ? lane : undefined);
  if (found === undefined) return false;
  const [edge, { slots, seq, untilMs: presumedUntilMs }] = found;
  const from = (slots.get(lane) ?? 0) > 0 ? lane : firstWithSlots(slots);
  presumeMore(ledger, edge, { seq, slots, untilMs: presumedUntilMs }, from, -1);
  ledger.borrowed.set(id, { edge, lane: from, seq, untilMs: presumedUntilMs });
  // When it was given nobody knows: whatever is told to have ended it has.
  return takeSlot(ledger, id, { lane: from, givenAtMs: 0, untilMs });
}

/**
 * An edge tells that it has let a user in, whose pass was used elsewhere before and got a presumed slot, in place: that slot
 * is somebody else's, and goes back. True when it did.
 */
export function giveBackPresumed(ledger: SlotLedger, id: string, teller: string, nowMs: number): boolean {
  const borrowed = ledger.borrowed.get(id);
  ledger.borrowed.delete(id);
  // Told by the edge whose slot it was, it was rightly used.
  if (borrowed === undefined || borrowed.edge === teller) return false;
  const { edge, lane, seq, untilMs } = borrowed;
  if (nowMs < untilMs && !ledger.leases.has(edge)) {
    const known = ledger.presumed.get(edge) ?? { seq, slots: new Map<string, number>(), untilMs };
    presumeMore(ledger, edge, known, lane, 1);
  }
  return true;
}

/** The first edge with presumed slots of a lane, or of any. */
function firstHolder({ presumed }: SlotLedger, lane: string | undefined) {
  for (const one of presumed) if (countIn(one[1].slots, lane) > 0) return one;
  return undefined;
}

/** An edge has so many more presumed slots of a lane, in place; one that has none left is not kept. */
function presumeMore(ledger: SlotLedger, edge: string, held: SlotLease, lane: string, by: number): void {
  const slots = new Map(held.slots);
  const left = (slots.get(lane) ?? 0) + by;
  if (left > 0) slots.set(lane, left);
  else slots.delete(lane);
  if (slots.size > 0) ledger.presumed.set(edge, { ...held, slots });
  else ledger.presumed.delete(edge);
  ledger.changed.edges.add(edge);
}

function setLease(ledger: SlotLedger, edge: string, lease: SlotLease): void {
  const before = ledger.leases.get(edge);
  ledger.leases.set(edge, lease);
  const isSame = before !== undefined && countIn(before.slots) === 0 && countIn(lease.slots) === 0;
  // An edge that holds nothing needs no record.
  if (!isSame) ledger.changed.edges.add(edge);
}

function atMost(slots: ReadonlyMap<string, number>, most: number): Map<string, number> {
  const some = new Map<string, number>();
  let left = most;
  for (const [lane, count] of slots) {
    const taken = Math.min(left, Math.max(0, Math.floor(count)));
    if (taken > 0) some.set(lane, taken);
    left -= taken;
  }
  return some;
}

function firstWithSlots(slots: ReadonlyMap<string, number>): string {
  for (const [lane, count] of slots) if (count > 0) return lane;
  return COMMON_LANE;
}
