/** Signs and verifies tickets and passes: compact JWS (RFC 7515) with HMAC-SHA-256. */
import { CompactSign, compactVerify } from "jose";
import {
  type Expected,
  type Pass,
  passClaims,
  passFrom,
  passHolds,
  type Ticket,
  ticketClaims,
  ticketFrom,
  ticketHolds,
} from "../policy/queue-claims.ts";
import { flatText } from "./flat-text.ts";
import { base64Url, type KeyRing, type QueueKeys } from "./queue-keys.ts";

/** Real ones are a fifth of it, see docs/decisions/0022-tickets.md. */
export const MAX_TOKEN_LENGTH = 2048;

const ID_BYTES = 16;

/**
 * A name for a new place: 128 random bits. Only inside a request: module scope has no random. It does not begin with a dash:
 * `tidegate lottery verify --ticket` would take it for an option.
 */
export function newTicketId(): string {
  const id = base64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
  return id.startsWith("-") ? newTicketId() : id;
}

/** Undefined without a secret, or when what the ticket says could not be read back. */
export function signTicket(keys: QueueKeys, ticket: Ticket): Promise<string | undefined> {
  return sign(keys.tickets, TICKET, ticket);
}

/** The ticket if this edge has signed or verified the text lately: no waiting. It may hold even if this is undefined. */
export function knownTicket(keys: QueueKeys, text: string, expected: Expected): Ticket | undefined {
  return known(keys.tickets, TICKET, text, expected);
}

/** The ticket that holds here and now; undefined for anything else, whatever is wrong with it. Never throws. */
export function readTicket(
  keys: QueueKeys,
  text: string,
  expected: Expected,
  onRejected?: OnRejected,
): Promise<Ticket | undefined> {
  return read(keys.tickets, TICKET, text, expected, onRejected);
}

/** Undefined without a secret, or when what the pass says could not be read back. */
export function signPass(keys: QueueKeys, pass: Pass): Promise<string | undefined> {
  return sign(keys.passes, PASS, pass);
}

/** The pass if this edge has signed or verified the text lately: the way of every request in steady state. */
export function knownPass(keys: QueueKeys, text: string, expected: Expected): Pass | undefined {
  return known(keys.passes, PASS, text, expected);
}

/** The pass that holds here and now; undefined for anything else, whatever is wrong with it. Never throws. */
export function readPass(
  keys: QueueKeys,
  text: string,
  expected: Expected,
  onRejected?: OnRejected,
): Promise<Pass | undefined> {
  return read(keys.passes, PASS, text, expected, onRejected);
}

/** Whether a token that holds was signed by the first of the secrets. If not, sign it anew while the old one is listed. */
export function isSignedByFirst(ring: Pick<KeyRing<unknown>, "first">, text: string): boolean {
  return ring.first !== undefined && text.startsWith(`${ring.first.header}.`);
}

/** `not-here-or-over`: signed, and of another room or deployment, or its time is over. */
export type Rejection = "malformed" | "signature" | "not-here-or-over";
type OnRejected = (reason: Rejection) => void;

interface Kind<Token> {
  readonly claimsOf: (token: Token) => Record<string, unknown>;
  readonly from: (claims: unknown) => Token | undefined;
  readonly holds: (token: Token, expected: Expected) => boolean;
}

const TICKET: Kind<Ticket> = { claimsOf: ticketClaims, from: ticketFrom, holds: ticketHolds };
const PASS: Kind<Pass> = { claimsOf: passClaims, from: passFrom, holds: passHolds };

/**
 * Three parts, the last of 32 bytes in their one spelling (RFC 4648 §3.5: the last character's spare bits are zero). The
 * other two are signed as they stand, so of them every spelling but ours is refused by the signature.
 */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;

const VERIFY = { algorithms: ["HS256"] };

async function sign<Token>(ring: KeyRing<Token>, kind: Kind<Token>, token: Token) {
  const claims = kind.claimsOf(token);
  const readBack = kind.from(claims);
  if (ring.first === undefined || readBack === undefined) return undefined;
  const { key, members } = ring.first;
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  const text = await new CompactSign(payload).setProtectedHeader(members).sign(key);
  if (text.length > MAX_TOKEN_LENGTH) return undefined;
  ring.verified.set(flatText(text), readBack);
  return text;
}

function known<Token>(ring: KeyRing<Token>, kind: Kind<Token>, text: string, expected: Expected) {
  if (text.length > MAX_TOKEN_LENGTH) return undefined;
  const token = ring.verified.get(text);
  return token !== undefined && kind.holds(token, expected) ? token : undefined;
}

async function read<Token>(
  ring: KeyRing<Token>,
  kind: Kind<Token>,
  text: string,
  expected: Expected,
  onRejected: OnRejected = () => {},
) {
  const isLike = text.length <= MAX_TOKEN_LENGTH && TOKEN.test(text);
  const before = isLike ? ring.verified.get(text) : undefined;
  const token = before ?? (isLike ? await verified(ring, kind, text) : undefined);
  if (token === undefined || !kind.holds(token, expected)) {
    onRejected(!isLike ? "malformed" : token === undefined ? "signature" : "not-here-or-over");
    return undefined;
  }
  if (before === undefined) ring.verified.set(flatText(text), token);
  return token;
}

async function verified<Token>(ring: KeyRing<Token>, kind: Kind<Token>, text: string) {
  // The whole first part is compared, so there is no other algorithm, type, key or extension to think of.
  const key = ring.byHeader.get(text.slice(0, text.indexOf(".")));
  if (key === undefined) return undefined;
  try {
    const { payload } = await compactVerify(text, key.key, VERIFY);
    return kind.from(JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return undefined;
  }
}
