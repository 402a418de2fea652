/** Shows what operators have said by command as people read it: for differences, in answers and in the audit. */
import type { Announcement } from "./announcements.ts";
import type { Override } from "./health-report.ts";
import type { NamedToken } from "./operator-api.ts";
import { formatDuration } from "./schema/units.ts";

type Shown = Readonly<Record<string, unknown>>;

/** By a name such as `drain 3 of wallet/hk`; times in UTC. */
export function overridesView(overrides: readonly Override[]): Shown {
  return Object.fromEntries(
    overrides.map(({ id, kind, pool, origin, startMs, endMs, drainMs, message }) => [
      `${kind} ${id} of ${pool}${origin === undefined ? "" : `/${origin}`}`,
      {
        from: timeOf(startMs),
        until: endMs === undefined ? "taken back" : timeOf(endMs),
        ...(drainMs === 0 ? {} : { drain: formatDuration(drainMs) }),
        ...(message === undefined ? {} : { message }),
      },
    ]),
  );
}

export function announcementsView(announcements: readonly Announcement[]): Shown {
  return Object.fromEntries(
    announcements.map(({ id, text, startMs, endMs }) => [
      `${id}`,
      { text, from: timeOf(startMs), until: timeOf(endMs) },
    ]),
  );
}

/** Whose tokens there are: neither the tokens themselves nor their hashes. */
export function holdersView(tokens: readonly NamedToken[]): Shown {
  return Object.fromEntries(
    tokens.map(({ name, role, id, expiresAtMs, revokedAtMs }) => [
      name,
      {
        role,
        ...(id === "" ? {} : { begins: `tg_${id}_` }),
        until: expiresAtMs === undefined ? "revoked" : timeOf(expiresAtMs),
        ...(revokedAtMs === undefined ? {} : { revoked: timeOf(revokedAtMs) }),
      },
    ]),
  );
}

/** To the second. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
