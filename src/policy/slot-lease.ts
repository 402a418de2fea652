/** The slots that an edge holds ahead in one lane of a room: whom it may let in with them, and how many it asks for. */

/** All counts are of this edge. */
export interface SlotLease {
  /** Not given away yet; worth nothing from `endsAtMs` on. */
  slots: number;
  endsAtMs: number;
  /** Newcomers who need a slot, since the last exchange began. */
  wanting: number;
  /** Slots given away since the last exchange began. */
  spent: number;
  /** Slots that the time until the next exchange probably takes. */
  expected: number;
}

export function newSlotLease(): SlotLease {
  return { slots: 0, endsAtMs: 0, wanting: 0, spent: 0, expected: 0 };
}

/** A clock that was set back must not make slots last: no lease is longer. */
const LONGEST_LEASE_MS = 60_000;

/** Slots that may be given away now. */
export function usableSlots({ slots, endsAtMs }: SlotLease, nowMs: number): number {
  return nowMs < endsAtMs && endsAtMs - nowMs <= LONGEST_LEASE_MS ? slots : 0;
}

/** Gives one away, in place; false when there is none. */
export function spendSlot(lease: SlotLease, nowMs: number): boolean {
  if (usableSlots(lease, nowMs) === 0) return false;
  lease.slots -= 1;
  lease.spent += 1;
  return true;
}

/** Somebody needs a slot that is not there. Said once for each exchange that brought none. */
export function wantSlot(lease: SlotLease): void {
  lease.wanting += 1;
}

/**
 * What an exchange that begins now tells, in place. What is not told as held is free again for others, so it is gone
 * here from this moment. A lane that is closed keeps nothing: whoever waits in it has a better right.
 */
export function tellSlots(
  lease: SlotLease,
  isOpen: boolean,
  nowMs: number,
): { readonly holds: number; readonly wants: number } {
  lease.expected = Math.max(lease.spent, Math.floor(lease.expected / 2));
  const needed = isOpen ? lease.wanting + lease.expected : 0;
  lease.slots = Math.min(usableSlots(lease, nowMs), needed);
  lease.wanting = 0;
  lease.spent = 0;
  return { holds: lease.slots, wants: needed - lease.slots };
}

/**
 * The exchange was answered, in place: what it told as held and is not given away since is prolonged.
 *
 * @param endsAtMs from when the exchange began, so that it is never after the Room's own end of it
 */
export function takeSlots(lease: SlotLease, granted: number, endsAtMs: number): void {
  lease.slots += granted;
  lease.endsAtMs = endsAtMs;
}
