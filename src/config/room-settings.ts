/** What a room is to do: its part of the file, an operator's word and the regions that are there, in one value. */
import type { RoomEvent, RoomRules } from "../policy/room-rules.ts";
import type { Config, Room } from "./load.ts";
import type { RoomOverride } from "./room-override.ts";

/** An operator's limits go before an event's too: who turns a room down at night means now. */
export function roomRulesOf(room: Room, override: RoomOverride | undefined, reachable: number): RoomRules {
  const { mode, activeLimit, admitPerMinute } = override ?? {};
  const events = room.events.map(
    (event): RoomEvent => ({
      name: event.name,
      startMs: event.start,
      endMs: event.end,
      prequeueMs: event.prequeue,
      isLottery: event.lottery,
      activeLimit: activeLimit ?? event.active_limit,
      admitPerMinute: admitPerMinute ?? event.admit_per_minute,
    }),
  );
  return {
    mode: mode ?? room.mode,
    activeLimit: activeLimit ?? room.active_limit,
    admitPerMinute: admitPerMinute ?? room.admit_per_minute,
    reachable,
    sessionMs: room.session,
    renews: room.renew,
    claimWindowMs: room.claim_window,
    ticketLifeMs: room.ticket_life,
    lanes: room.lanes.map(({ name, share }) => ({ name, sharePercent: share })),
    events: events.sort((one, other) => one.startMs - other.startMs),
  };
}

/**
 * Share of their capacity that the pools behind a room have for new users, 0 to 1, to the percent. 1 for a room that no
 * route names.
 *
 * @param factorOf of an origin's weight, as {@link Availability} has it: 0 while it is out or takes no new users
 */
export function reachableShare(
  config: Config,
  room: string,
  factorOf: (pool: string, origin: string) => number,
): number {
  const behind = new Set(config.routes.filter((route) => route.room === room).map(({ pool }) => pool));
  let all = 0;
  let there = 0;
  for (const pool of config.pools) {
    if (!behind.has(pool.name)) continue;
    for (const { name, weight } of pool.origins) {
      all += weight;
      there += weight * factorOf(pool.name, name);
    }
  }
  return all === 0 ? 1 : toPercent(there / all);
}

/** What little is there is not rounded away: a room is closed by nothing being left, not by arithmetic. */
function toPercent(share: number): number {
  if (share <= 0) return 0;
  return Math.max(1, Math.round(share * 100)) / 100;
}
