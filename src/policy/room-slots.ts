/** Who has a room's slots: users who are in, slots that edges hold in advance, and those of edges that fell silent. */
import { HeldSlots } from "./held-slots.ts";

export interface ActivePass {
  readonly lane: string;
  /** When its user was let in last: whoever says that it ended before then means an earlier pass of the same name. */
  givenAtMs: number;
  /** Its slot is taken until then; no pass is signed for longer. */
  untilMs: number;
  /** The claim that took it, until the ticket claims again; none after a restart. */
  claim?: { readonly attempt: string; readonly untilMs: number } | undefined;
}

export interface SlotLease {
  /** Of the exchange that it was told with; of two, the later one says what is held. */
  readonly seq: number;
  /** By lane, all above zero. */
  readonly slots: ReadonlyMap<string, number>;
  readonly untilMs: number;
}

/** A presumed slot that was given to a pass. */
interface Borrowed {
  readonly edge: string;
  readonly lane: string;
  readonly seq: number;
  /** Until when the slot was presumed used. */
  readonly untilMs: number;
}

/** Times are epoch milliseconds of the room's clock. Plain data, changed in place. */
export interface SlotLedger {
  readonly active: Map<string, ActivePass>;
  /** By edge. */
  readonly leases: HeldSlots<SlotLease>;
  /** Leases that ran out and were not told of, by edge: somebody may be in on each of their slots. */
  readonly presumed: HeldSlots<SlotLease>;
  /** Passes that have a slot which was presumed used: whose it was. Until some edge says that it had let the user in. */
  readonly borrowed: Map<string, Borrowed>;
  /** Users who are in, by lane. */
  readonly activeIn: Map<string, number>;
  /** Passes whose time ran out lately, and when: what is told of them late must not bring them back. */
  readonly over: Map<string, number>;
  /** When to look at a pass again: step of {@link STEP_MS} → ids. Each active pass stands in one step. */
  readonly due: Map<number, Set<string>>;
  /** The step up to which that was done last. */
  doneStep: number;
  /** Passes and edges whose record has changed since it was last saved. */
  readonly changed: { readonly passes: Set<string>; readonly edges: Set<string> };
}

/** A slot is free at most so long after its time is over. */
const STEP_MS = 100;
/** A pass whose time ran out so long ago is told of no more: exchanges are given up within seconds. */
const OVER_MS = 60_000;
/** Edges sign by their own clocks, which may be so much before the room's (`room-clock.ts`: half a second, and the way). */
const CLOCKS_MS = 1000;

export function newLedger(): SlotLedger {
  return {
    active: new Map(),
    leases: new HeldSlots(),
    presumed: new HeldSlots(),
    borrowed: new Map(),
    activeIn: new Map(),
    over: new Map(),
    due: new Map(),
    doneStep: Number.NEGATIVE_INFINITY,
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
  const leased = ledger.leases.count(lane) + ledger.presumed.count(lane);
  const active = lane === undefined ? ledger.active.size : (ledger.activeIn.get(lane) ?? 0);
  return { active, leased };
}

/**
 * Lets go of what is over, in place. A lease that was not told of is presumed used: a pass made of it at its last moment
 * holds for `bookingMs` from then. How many slots have just come to be presumed used.
 */
export function expireSlots(ledger: SlotLedger, bookingMs: number, nowMs: number): number {
  expirePasses(ledger, nowMs);
  let presumed = 0;
  for (const [edge, { seq, slots, untilMs }] of ledger.leases.takeOver(nowMs)) {
    if (slots.size === 0) continue;
    presumed += countIn(slots);
    ledger.presumed.set(edge, { seq, slots, untilMs: untilMs + bookingMs + CLOCKS_MS });
    ledger.changed.edges.add(edge);
  }
  for (const [id, { untilMs }] of ledger.borrowed) if (nowMs >= untilMs) ledger.borrowed.delete(id);
  for (const [edge] of ledger.presumed.takeOver(nowMs)) ledger.changed.edges.add(edge);
  return presumed;
}

function expirePasses(ledger: SlotLedger, nowMs: number): void {
  const nowStep = Math.floor(nowMs / STEP_MS);
  if (nowStep === ledger.doneStep) return;
  ledger.doneStep = nowStep;
  for (const [step, ids] of ledger.due) {
    if (step > nowStep) continue;
    ledger.due.delete(step);
    for (const id of ids) {
      const pass = ledger.active.get(id);
      if (pass === undefined) continue;
      if (pass.untilMs > nowMs) {
        makeDue(ledger, id, pass.untilMs);
        continue;
      }
      remove(ledger, id, pass);
      // Its record stays as long, so that a restart does not forget it.
      ledger.over.delete(id);
      ledger.over.set(id, nowMs);
    }
  }
  for (const [id, atMs] of ledger.over) {
    if (nowMs - atMs < OVER_MS) break;
    ledger.over.delete(id);
    ledger.changed.passes.add(id);
  }
}

/** Whether the pass has a slot, though what is over may not have been let go of yet. */
export function isActive({ active }: SlotLedger, id: string, nowMs: number): boolean {
  return (active.get(id)?.untilMs ?? 0) > nowMs;
}

/** How many passes are over by then if they are not used any more; {@link most} at the most. */
export function endingBy({ active, due, doneStep }: SlotLedger, untilMs: number, most: number): number {
  let ending = 0;
  for (let step = doneStep; step <= Math.ceil(untilMs / STEP_MS); step += 1) {
    for (const id of due.get(step) ?? []) {
      if ((active.get(id)?.untilMs ?? Number.POSITIVE_INFINITY) > untilMs) continue;
      ending += 1;
      if (ending >= most) return most;
    }
  }
  return ending;
}

/** Gives a pass a slot, or keeps the one that it has, in place. True when it had none. */
export function takeSlot(ledger: SlotLedger, id: string, { lane, givenAtMs, untilMs }: ActivePass): boolean {
  const pass = ledger.active.get(id);
  if (pass !== undefined) {
    if (untilMs > pass.untilMs || givenAtMs > pass.givenAtMs) ledger.changed.passes.add(id);
    pass.untilMs = Math.max(pass.untilMs, untilMs);
    pass.givenAtMs = Math.max(pass.givenAtMs, givenAtMs);
    return false;
  }
  ledger.over.delete(id);
  ledger.active.set(id, { lane, givenAtMs, untilMs });
  ledger.activeIn.set(lane, (ledger.activeIn.get(lane) ?? 0) + 1);
  ledger.changed.passes.add(id);
  makeDue(ledger, id, untilMs);
  return true;
}

/** Keeps the slot of a pass that nobody has been told of for less long, in place. */
export function shortenSlot(ledger: SlotLedger, id: string, untilMs: number): void {
  const pass = ledger.active.get(id);
  if (pass === undefined || pass.untilMs <= untilMs) return;
  pass.untilMs = untilMs;
  ledger.changed.passes.add(id);
  makeDue(ledger, id, untilMs);
}

/** Ends a pass before its time, in place. */
export function freeSlot(ledger: SlotLedger, id: string): boolean {
  const pass = ledger.active.get(id);
  if (pass === undefined) return false;
  remove(ledger, id, pass);
  ledger.changed.passes.add(id);
  return true;
}

function remove(ledger: SlotLedger, id: string, { lane }: ActivePass): void {
  ledger.active.delete(id);
  const left = (ledger.activeIn.get(lane) ?? 0) - 1;
  if (left > 0) ledger.activeIn.set(lane, left);
  else ledger.activeIn.delete(lane);
}

function makeDue(ledger: SlotLedger, id: string, untilMs: number): void {
  const step = Math.ceil(untilMs / STEP_MS);
  const ids = ledger.due.get(step);
  if (ids === undefined) ledger.due.set(step, new Set([id]));
  else ids.add(id);
}

/** Slots of a lane, or of all. */
export function countIn(slots: ReadonlyMap<string, number>, lane?: string): number {
  if (lane !== undefined) return slots.get(lane) ?? 0;
  let sum = 0;
  for (const count of slots.values()) sum += count;
  return sum;
}
