/** A user's seat in a pool: read from the request's cookies, set on answers that no shared cache may keep. */
import type { Seats } from "../config/seats.ts";
import { cookieValue } from "../policy/cookie.ts";
import { needsSeat, parseSeat, type Seat } from "../policy/drain.ts";
import { seatSetCookie } from "../policy/seat-cookie.ts";
import { sharedCacheMayKeep, TARGETED_FIELDS } from "../policy/shared-cache.ts";
import type { PoolRuntime } from "./compiled.ts";
import type { Visit } from "./visit.ts";

/** The seat that the request shows. */
export function seatIn({ picked }: Visit, seats: Seats): Seat | undefined {
  return parseSeat(cookieValue(picked.cookie, seats.cookieName));
}

/** Sets the seat on an answer of the origin `index` if the user needs one and the answer may carry it. */
export function renewSeat(visit: Visit, pool: PoolRuntime, index: number, answer: Response): void {
  const { seats } = pool;
  const tag = seats?.tags[index];
  // A client without cookies may be a program that keeps none; one without an identity has no place to be at.
  if (seats === undefined || tag === undefined) return;
  if (visit.picked.cookie === undefined || visit.caller.key === undefined) return;
  const { nowMs } = visit;
  if (!needsSeat(seatIn(visit, seats), tag, nowMs) || !isPersonal(visit, answer)) return;
  answer.headers.append("set-cookie", seatSetCookie(seats.cookieName, { tag, seenAtMs: nowMs }));
}

function isPersonal({ method, picked }: Visit, { status, headers }: Response): boolean {
  // A handshake's answer is no answer to a page.
  if (status < 200) return false;
  return !sharedCacheMayKeep({
    method,
    hasAuthorization: picked.authorization !== undefined,
    status,
    hasSetCookie: headers.has("set-cookie"),
    cacheControl: headers.get("cache-control") ?? undefined,
    hasExpires: headers.has("expires"),
    hasTargetedControl: TARGETED_FIELDS.some((name) => headers.has(name)),
  });
}
