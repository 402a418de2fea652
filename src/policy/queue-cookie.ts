/** How tickets and passes travel: cookies for browsers, header fields for programs. */
import { cookieValue } from "./cookie.ts";
import { affinityHash, identityKey } from "./identity-key.ts";
import { OWN_COOKIE_PREFIX } from "./own-cookies.ts";

/** Fields that carry a token to and from programs without cookies. Origins never see them. */
export const TICKET_HEADER = "Tidegate-Ticket";
export const PASS_HEADER = "Tidegate-Pass";
/** The hidden field of the waiting page's form that holds the ticket's id. */
export const TICKET_FORM_FIELD = "ticket";

/** The names of a room's two cookies: one pair a room, so that rooms on one host leave each other's alone. */
export interface QueueCookies {
  readonly ticket: string;
  readonly pass: string;
}

/** The names hold a hash, so that a room is not announced by its own name. Worked out once for each configuration. */
export function queueCookies(room: string): QueueCookies {
  const hash = affinityHash(identityKey([room])).toString(36);
  return { ticket: `${OWN_COOKIE_PREFIX}ticket-${hash}`, pass: `${OWN_COOKIE_PREFIX}pass-${hash}` };
}

const NONE: readonly string[] = Object.freeze([]);
/** The characters of a token. A field sent twice has a comma. */
const PRESENTABLE = /^[\w.-]+$/;

/**
 * The texts that a request shows for one purpose, in the order in which to try them; usually none, and then always the same
 * array. The field comes first: a program that sends one means it, and no page can make a browser send it elsewhere
 * unasked. The cookie is next, so that an old field costs nobody a place.
 */
export function presentedTokens(
  field: string | null | undefined,
  cookies: string | undefined,
  cookieName: string,
): readonly string[] {
  const cookie = cookieValue(cookies, cookieName);
  if (field == null && cookie === undefined) return NONE;
  const texts: string[] = [];
  if (field != null && PRESENTABLE.test(field)) texts.push(field);
  if (cookie !== undefined && cookie !== field && PRESENTABLE.test(cookie)) texts.push(cookie);
  return texts;
}

/** `Lax`: a user who comes by a link from elsewhere keeps the place. Whole seconds, so never longer than the token. */
export function queueSetCookie(cookieName: string, token: string, leftMs: number): string {
  return `${cookieName}=${token}; ${ATTRIBUTES}; Max-Age=${Math.max(0, Math.floor(leftMs / 1000))}`;
}

/** Takes the cookie away (RFC 6265 §3.1): the same name and path, over. */
export function clearCookie(cookieName: string): string {
  return `${cookieName}=; ${ATTRIBUTES}; Max-Age=0`;
}

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";
