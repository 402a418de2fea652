/** How a seat is written: the cookie's name for a pool, an origin's tag in it, and the Set-Cookie field. */
import { RENEW_MS, type Seat, STAY_MS, seatValue } from "./drain.ts";
import { affinityHash, identityKey } from "./identity-key.ts";
import { OWN_COOKIE_PREFIX } from "./own-cookies.ts";

/**
 * A cookie for each pool: pools behind one host would otherwise write over each other's seats with every answer, and two
 * answers at a time lose one. The name and the tag hold hashes, so that a new origin is not announced by its name; who
 * guesses a name can confirm it, as these are no secrets.
 */
export function seatCookieName(pool: string): string {
  return `${OWN_COOKIE_PREFIX}seat-${shortHash([pool])}`;
}

/** The same on every edge, and different for a pool's origins: 1 to 7 of `0-9a-z`. */
export function seatTag(pool: string, origin: string): string {
  return shortHash([pool, origin]);
}

/** As long as {@link STAY_MS} from a user's last request on, which may be {@link RENEW_MS} after the seat was set. */
const MAX_AGE_SECONDS = (STAY_MS + RENEW_MS) / 1000;

/** `Lax`: a user who comes by a link from elsewhere is there too. */
export function seatSetCookie(cookieName: string, seat: Seat): string {
  const attributes = `Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}`;
  return `${cookieName}=${seatValue(seat)}; ${attributes}`;
}

function shortHash(parts: readonly string[]): string {
  return affinityHash(identityKey(parts)).toString(36);
}
