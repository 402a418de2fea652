/** Who has a room's slots: users who are in, slots that edges hold in advance, and those of edges that fell silent. */
import { COMMON_LANE } from "./room-rules.ts";

export interface ActivePass {
  readonly lane: string;
  /** Its slot is taken until then; no pass is signed for longer. */
  untilMs: number;
}

export interface SlotLease {
  /** Of the exchange that it was told with; of two, the later one says what is held. */
  readonly seq: number;
  /** By lane, all above zero. */
  readonly slots: ReadonlyMap<string, number>;
  readonly untilMs: number;
}

/** A lease that ran out and was not told of: somebody may be in on each of its slots. */
export interface Presumed {
  readonly seq: number;
  readonly slots: Map<string, number>;
  readonly untilMs: number;
}

/** Times are epoch milliseconds of the room's clock. Plain data, changed in place. */
export interface SlotLedger {
  readonly active: Map<string, ActivePass>;
  /** By edge. */
  readonly leases: Map<string, SlotLease>;
  /** By edge. */
  readonly presumed: Map<string, Presumed>;
  /** Users who are in, by lane. */
  readonly activeIn: Map<string, number>;
  /** When to look at a pass again: step of {@link STEP_MS} → ids. Each active pass stands in one step. */
  readonly due: Map<number, Set<string>>;
  /** Passes and edges whose record has changed since it was last saved. */
  readonly changed: { readonly passes: Set<string>; readonly edges: Set<string> };
}

/** A slot is free at most so long after its time is over. */
const STEP_MS = 100;

export function newLedger(): SlotLedger {
  return {
    active: new Map(),
    leases: new Map(),
    presumed: new Map(),
    activeIn: new Map(),
    due: new Map(),
    changed: { passes: new Set(), edges: new Set() },
  };
}

export interface SlotUse {
  readonly active: number;
  /** Held in advance, or presumed used. */
  readonly leased: number;
}

/** Slots that are not free, of one lane or of all. */
export function slotsInUse(ledger: SlotLedger, lane?: string): SlotUse {
  let leased = 0;
  for (const { slots } of ledger.leases.values()) leased += countIn(slots, lane);
  for (const { slots } of ledger.presumed.values()) leased += countIn(slots, lane);
  const active = lane === undefined ? ledger.active.size : (ledger.activeIn.get(lane) ?? 0);
  return { active, leased };
}

/**
 * Lets go of what is over, in place. A lease that was not told of is presumed used: a pass made of it at its last moment
 * holds for `bookingMs` from then.
 */
export function expireSlots(ledger: SlotLedger, bookingMs: number, nowMs: number): void {
  for (const [step, ids] of ledger.due) {
    if (step * STEP_MS > nowMs) continue;
    ledger.due.delete(step);
    for (const id of ids) {
      const pass = ledger.active.get(id);
      if (pass === undefined) continue;
      if (pass.untilMs <= nowMs) remove(ledger, id, pass);
      else makeDue(ledger, id, pass.untilMs);
    }
  }
  for (const [edge, { seq, slots, untilMs }] of ledger.leases) {
    if (nowMs < untilMs) continue;
    ledger.leases.delete(edge);
    if (slots.size === 0) continue;
    ledger.presumed.set(edge, { seq, slots: new Map(slots), untilMs: untilMs + bookingMs });
    ledger.changed.edges.add(edge);
  }
  for (const [edge, { slots, untilMs }] of ledger.presumed) {
    if (nowMs < untilMs && countIn(slots) > 0) continue;
    ledger.presumed.delete(edge);
    ledger.changed.edges.add(edge);
  }
}

/**
 * Takes an edge's word on its slots, in place: what it holds goes on being leased, what it had besides and did not use is
 * free. Passes that it has given are noted before, so that no slot is free in between.
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
  setLease(ledger, edge, { seq, slots: withoutZeros(holds), untilMs });
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

/** True when the pass has a slot. */
export function isActive(ledger: SlotLedger, id: string): boolean {
  return ledger.active.has(id);
}

/** Gives a pass a slot, or keeps the one that it has for longer, in place. True when it had none. */
export function takeSlot(ledger: SlotLedger, id: string, lane: string, untilMs: number): boolean {
  const pass = ledger.active.get(id);
  if (pass !== undefined) {
    if (untilMs > pass.untilMs) {
      pass.untilMs = untilMs;
      ledger.changed.passes.add(id);
    }
    return false;
  }
  ledger.active.set(id, { lane, untilMs });
  ledger.activeIn.set(lane, (ledger.activeIn.get(lane) ?? 0) + 1);
  ledger.changed.passes.add(id);
  makeDue(ledger, id, untilMs);
  return true;
}

/**
 * A pass that holds by its text is used and its slot is not known, in place: some edge has given it and could not tell.
 * It has one of the presumed slots, of its own lane where there is one.
 */
export function takePresumed(ledger: SlotLedger, id: string, lane: string, untilMs: number): void {
  const all = [...ledger.presumed];
  const found =
    all.find(([, { slots }]) => (slots.get(lane) ?? 0) > 0) ??
    all.find(([, { slots }]) => countIn(slots) > 0);
  if (found !== undefined) {
    const [edge, { slots }] = found;
    const from = (slots.get(lane) ?? 0) > 0 ? lane : firstWithSlots(slots);
    slots.set(from, (slots.get(from) ?? 0) - 1);
    ledger.changed.edges.add(edge);
  }
  takeSlot(ledger, id, lane, untilMs);
}

/** Ends a pass before its time, in place. */
export function freeSlot(ledger: SlotLedger, id: string): boolean {
  const pass = ledger.active.get(id);
  if (pass === undefined) return false;
  remove(ledger, id, pass);
  return true;
}

function remove(ledger: SlotLedger, id: string, { lane }: ActivePass): void {
  ledger.active.delete(id);
  const left = (ledger.activeIn.get(lane) ?? 0) - 1;
  if (left > 0) ledger.activeIn.set(lane, left);
  else ledger.activeIn.delete(lane);
  ledger.changed.passes.add(id);
}

function makeDue(ledger: SlotLedger, id: string, untilMs: number): void {
  const step = Math.ceil(untilMs / STEP_MS);
  const ids = ledger.due.get(step);
  if (ids === undefined) ledger.due.set(step, new Set([id]));
  else ids.add(id);
}

function setLease(ledger: SlotLedger, edge: string, lease: SlotLease): void {
  const before = ledger.leases.get(edge);
  ledger.leases.set(edge, lease);
  const isSame = before !== undefined && countIn(before.slots) === 0 && countIn(lease.slots) === 0;
  // An edge that holds nothing needs no record.
  if (!isSame) ledger.changed.edges.add(edge);
}

function countIn(slots: ReadonlyMap<string, number>, lane?: string): number {
  if (lane !== undefined) return slots.get(lane) ?? 0;
  let sum = 0;
  for (const count of slots.values()) sum += count;
  return sum;
}

function withoutZeros(slots: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...slots].filter(([, count]) => count > 0));
}

function firstWithSlots(slots: ReadonlyMap<string, number>): string {
  for (const [lane, count] of slots) if (count > 0) return lane;
  return COMMON_LANE;
}
