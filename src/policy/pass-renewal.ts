/** When use prolongs a pass: its slot is booked for longer first, behind a request, and then it is signed for longer. */
import { bookingMs, type RoomRules } from "./room-rules.ts";

export interface Renewal {
  /** The slot is known to be booked until then, and the pass is to say so; undefined: as it is. */
  readonly signUntilMs: number | undefined;
  /** The slot is to be booked until then; undefined: not now. */
  readonly bookUntilMs: number | undefined;
}

export const NO_RENEWAL: Renewal = Object.freeze({ signUntilMs: undefined, bookUntilMs: undefined });

/** Signing anew for less would be for nothing. */
const LEAST_GAIN_MS = 100;

/** Times are of the room's clock. `bookedUntilMs` is what this edge knows; 0 when nothing. */
export function renewalOf(
  rules: Pick<RoomRules, "sessionMs" | "renews">,
  untilMs: number,
  bookedUntilMs: number,
  nowMs: number,
): Renewal {
  if (!rules.renews || untilMs - nowMs >= rules.sessionMs) return NO_RENEWAL;
  const signUntilMs = bookedUntilMs - untilMs >= LEAST_GAIN_MS ? bookedUntilMs : undefined;
  const isShort = Math.max(untilMs, bookedUntilMs) - nowMs < rules.sessionMs;
  return { signUntilMs, bookUntilMs: isShort ? nowMs + bookingMs(rules) : undefined };
}

/** What a pass is worth whose text is over: nothing any more, or a question to the Room. */
export function mayResume(
  rules: Pick<RoomRules, "sessionMs" | "renews">,
  untilMs: number,
  nowMs: number,
): boolean {
  return rules.renews && nowMs - untilMs < bookingMs(rules);
}

/** A verified user has one slot, whatever the device. */
export function passIdOfUser(ownerHash: string): string {
  return `user-${ownerHash}`;
}
