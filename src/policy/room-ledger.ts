/** Who has a slot in a waiting room: users that are in, slots that edges hold ahead, and slots kept for whoever was called. */

/** Slots that an edge holds ahead are back, or told of, after so long. */
export const SLOT_LEASE_MS = 1_000;
/** An edge's word may be so late. */
const LATE_MS = 2_000;

/** Times are epoch milliseconds of the room's clock. */
export interface Ledger {
  /** By pass: until when its user is in, as far as edges have told. */
  readonly active: Map<string, number>;
  /** By edge. */
  readonly leases: Map<string, SlotLease>;
  /** Slots of edges that have not told what became of them: users may be in on them. */
  readonly presumed: Presumed[];
  /** By ticket: called, came, and found no slot. */
  readonly standing: Map<string, Standing>;
  /** By ticket: a slot is kept for it until then. */
  readonly kept: Map<string, Kept>;
}

export interface SlotLease {
  readonly slots: number;
  readonly untilMs: number;
}

export interface Presumed {
  slots: number;
  readonly untilMs: number;
}

export interface Standing {
  /** When its user arrived. */
  readonly arrivedAtMs: number;
  /** When its user asked last. */
  readonly seenAtMs: number;
}

export interface Kept {
  readonly arrivedAtMs: number;
  readonly untilMs: number;
}

export function newLedger(): Ledger {
  return { active: new Map(), leases: new Map(), presumed: [], standing: new Map(), kept: new Map() };
}

/** What slots are used for; the four sum up to the limit, or to more after it shrank. */
export interface SlotCount {
  readonly active: number;
  readonly leased: number;
  readonly kept: number;
  readonly free: number;
}

export function countSlots(ledger: Ledger, limit: number): SlotCount {
  const leased = sum([...ledger.leases.values()]);
  const active = ledger.active.size + sum(ledger.presumed);
  const kept = ledger.kept.size;
  return { active, leased, kept, free: limit - active - leased - kept };
}

/** Lets go of what has run out, in place; the passes whose users are out. */
export function expire(ledger: Ledger, sessionMs: number, standMs: number, nowMs: number): string[] {
  const out: string[] = [];
  for (const [pass, untilMs] of ledger.active) {
    // An edge may have renewed the pass and not have told yet.
    if (nowMs >= untilMs + LATE_MS) out.push(pass);
  }
  for (const pass of out) ledger.active.delete(pass);
  for (const [edge, { slots, untilMs }] of ledger.leases) {
    if (nowMs < untilMs + LATE_MS) continue;
    // It may have let users in and died: they are in as long as their passes say.
    ledger.leases.delete(edge);
    if (slots > 0) ledger.presumed.push({ slots, untilMs: untilMs + sessionMs });
  }
  const presumed = ledger.presumed.filter(({ slots, untilMs }) => slots > 0 && nowMs < untilMs + LATE_MS);
  ledger.presumed.splice(0, ledger.presumed.length, ...presumed);
  for (const [ticket, { untilMs }] of ledger.kept) if (nowMs >= untilMs) ledger.kept.delete(ticket);
  for (const [ticket, { seenAtMs }] of ledger.standing) {
    if (nowMs >= seenAtMs + standMs) ledger.standing.delete(ticket);
  }
  return out;
}

/**
 * Settles an edge's lease in place: the passes it has let in are in, the rest is free again. A pass that is in already
 * (the same signed-in user at two edges) needs no second slot.
 */
export function settleLease(
  ledger: Ledger,
  edge: string,
  letIn: readonly { readonly pass: string; readonly untilMs: number }[],
): void {
  const lease = ledger.leases.get(edge);
  ledger.leases.delete(edge);
  let left = lease?.slots ?? 0;
  for (const { pass, untilMs } of letIn) {
    const before = ledger.active.get(pass);
    if (before === undefined) {
      if (left > 0) left -= 1;
      // The lease had run out before the edge could tell: its slots are among the presumed.
      else takePresumed(ledger);
    }
    ledger.active.set(pass, Math.max(before ?? 0, untilMs));
  }
}

/** Lends slots ahead, in place: an eighth of what is free, at least one, and no more than is wanted. */
export function lendSlots(ledger: Ledger, edge: string, want: number, free: number, nowMs: number): number {
  const slots = Math.max(0, Math.min(want, Math.max(1, Math.floor(free / 8)), free));
  if (slots > 0) ledger.leases.set(edge, { slots, untilMs: nowMs + SLOT_LEASE_MS });
  return slots;
}

export type ClaimOutcome =
  | { readonly kind: "admitted"; readonly isNew: boolean }
  /** Called, and no slot is free: the first of those who stand gets the next. */
  | { readonly kind: "standing" };

/**
 * A called ticket asks for its slot, in place. Asked again it says the same: one ticket never holds two slots.
 *
 * @param pass the pass that this ticket becomes: the same for the same ticket, or for the same signed-in user
 * @param mayEnter slots that may be given now, by limit and pace
 */
export function claim(
  ledger: Ledger,
  ticket: string,
  arrivedAtMs: number,
  pass: string,
  mayEnter: number,
  untilMs: number,
  nowMs: number,
): ClaimOutcome {
  if (ledger.active.has(pass)) return { kind: "admitted", isNew: false };
  const isKept = ledger.kept.delete(ticket);
  const isFirst = [...ledger.standing].every(
    ([other, standing]) => other === ticket || standing.arrivedAtMs >= arrivedAtMs,
  );
  if (isKept || (mayEnter > 0 && isFirst)) {
    ledger.standing.delete(ticket);
    ledger.active.set(pass, untilMs);
    return { kind: "admitted", isNew: true };
  }
  ledger.standing.set(ticket, { arrivedAtMs, seenAtMs: nowMs });
  return { kind: "standing" };
}

/** Keeps free slots for those who stand, the earliest arrival first, in place; the tickets that got one. */
export function keepForStanding(ledger: Ledger, mayEnter: number, untilMs: number): string[] {
  if (mayEnter <= 0 || ledger.standing.size === 0) return [];
  const first = [...ledger.standing]
    .sort(([idA, a], [idB, b]) => a.arrivedAtMs - b.arrivedAtMs || (idA < idB ? -1 : 1))
    .slice(0, mayEnter);
  for (const [ticket, { arrivedAtMs }] of first) {
    ledger.standing.delete(ticket);
    ledger.kept.set(ticket, { arrivedAtMs, untilMs });
  }
  return first.map(([ticket]) => ticket);
}

/** An edge has seen the pass's user again, in place. A pass that is not known was let in by an edge that could not tell. */
export function renew(ledger: Ledger, pass: string, untilMs: number): void {
  const before = ledger.active.get(pass);
  if (before === undefined) takePresumed(ledger);
  ledger.active.set(pass, Math.max(before ?? 0, untilMs));
}

/** The user is out before time, in place: an origin said so. */
export function end(ledger: Ledger, pass: string): boolean {
  return ledger.active.delete(pass);
}

function takePresumed(ledger: Ledger): void {
  const some = ledger.presumed.find(({ slots }) => slots > 0);
  if (some !== undefined) some.slots -= 1;
}

function sum(all: readonly { readonly slots: number }[]): number {
  return all.reduce((total, { slots }) => total + slots, 0);
}
