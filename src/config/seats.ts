/** Which pools tell by a cookie where their users are, and the names in it. */
import { seatCookieName, seatTag } from "../policy/seat-cookie.ts";
import type { Pool } from "./load.ts";

/** What a pool needs to read and set seats. */
export interface Seats {
  readonly cookieName: string;
  /** By origin index. */
  readonly tags: readonly string[];
}

/**
 * Undefined for a pool that sets none. Under `least-loaded` a user goes back and forth between two origins: nobody is
 * there, and each time would cost a cookie.
 */
export function seatsOf({ name, origins, affinity, policy, drain_cookie }: Pool): Seats | undefined {
  if (!drain_cookie || affinity !== "user" || policy === "least-loaded" || origins.length < 2)
    return undefined;
  return {
    cookieName: seatCookieName(name),
    tags: origins.map((origin) => seatTag(name, origin.name)),
  };
}
