/** What a waiting room is to do, at a moment: the configuration, operators' commands, health and events in one value. */

export interface LaneRule {
  readonly name: string;
  /** Slots of the limit that are kept for this lane while its users want them, percent. */
  readonly sharePercent: number;
}

/** A time with limits of its own; before it people may gather. */
export interface RoomEvent {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** So long before the start everybody new waits. 0: not at all. */
  readonly prequeueMs: number;
  /** Whether the pre-queue's order is drawn by lot, and not by arrival. */
  readonly isLottery: boolean;
  /** Undefined: the room's own. */
  readonly activeLimit: number | undefined;
  readonly admitPerMinute: number | undefined;
}

export interface RoomRules {
  readonly mode: "auto" | "hold" | "off";
  /** Users at the same time when every region is there. */
  readonly activeLimit: number;
  readonly admitPerMinute: number;
  /** Share of the pool's capacity that can be reached, 0 to 1. */
  readonly reachable: number;
  readonly sessionMs: number;
  /** Whether use prolongs a session. */
  readonly renews: boolean;
  readonly claimWindowMs: number;
  /** For so long after it was last shown a ticket keeps its place. */
  readonly ticketLifeMs: number;
  /** The reserved ones; whoever is in none has the rest. */
  readonly lanes: readonly LaneRule[];
  /** In order of their start; they do not overlap. */
  readonly events: readonly RoomEvent[];
}

/** The lane of everybody who is in no other. */
export const COMMON_LANE = "";

export type EventPhase =
  | { readonly kind: "none" }
  | { readonly kind: "prequeue" | "running"; readonly event: RoomEvent };

export function phaseAt(events: readonly RoomEvent[], nowMs: number): EventPhase {
  for (const event of events) {
    if (nowMs >= event.startMs && nowMs < event.endMs) return { kind: "running", event };
    if (nowMs >= event.startMs - event.prequeueMs && nowMs < event.startMs)
      return { kind: "prequeue", event };
  }
  return { kind: "none" };
}

/** What holds at a moment. */
export interface RulesNow {
  /** Users at the same time: 0 while nobody new may come in for want of regions. */
  readonly limit: number;
  readonly admitPerMinute: number;
  /** Nobody new comes in, until somebody or the time says otherwise. */
  readonly isHeld: boolean;
  readonly phase: EventPhase;
}

export function rulesAt(rules: RoomRules, nowMs: number): RulesNow {
  const phase = phaseAt(rules.events, nowMs);
  const event = phase.kind === "running" ? phase.event : undefined;
  const whole = event?.activeLimit ?? rules.activeLimit;
  // While anything is left somebody comes in: without traffic a region that is on trial would never prove itself.
  const limit = rules.reachable > 0 ? Math.max(1, Math.floor(whole * rules.reachable + 1e-9)) : 0;
  const admitPerMinute = event?.admitPerMinute ?? rules.admitPerMinute;
  const isHeld = rules.mode === "hold" || phase.kind === "prequeue" || admitPerMinute === 0;
  return { limit, admitPerMinute, isHeld, phase };
}

/**
 * A pass is signed for a session and this, so that use renews it seldom: a tenth of the session, ten seconds at the
 * most. Its user may be in for so much longer than a session after the last request.
 */
export function renewalSlackMs({ sessionMs, renews }: Pick<RoomRules, "sessionMs" | "renews">): number {
  return renews ? Math.min(10_000, Math.floor(sessionMs / 10)) : 0;
}

/** From letting in, or from use, until the slot is free again. */
export function bookingMs(rules: Pick<RoomRules, "sessionMs" | "renews">): number {
  return rules.sessionMs + renewalSlackMs(rules);
}
