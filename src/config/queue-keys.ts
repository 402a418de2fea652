/** The keys of waiting rooms: from each secret one to sign tickets, one to sign passes, one to hash owners. */
import type { CryptoKey } from "jose";
import type { Pass, Ticket } from "../policy/queue-claims.ts";
import { TwoGenerations } from "../policy/two-generations.ts";

export interface TokenKey {
  /** The token's first part as it must stand there, to the letter. */
  readonly header: string;
  /** The same, read. */
  readonly members: { readonly alg: "HS256"; readonly kid: string; readonly typ: string };
  readonly key: CryptoKey;
}

/** All keys of one purpose, and what has been verified with them. */
export interface KeyRing<Token> {
  /** Signs; undefined without a secret that will do. */
  readonly first: TokenKey | undefined;
  /** All that verify, by the token's first part. */
  readonly byHeader: ReadonlyMap<string, TokenKey>;
  /** By the token's whole text. */
  readonly verified: TwoGenerations<Token>;
}

export interface QueueKeys {
  readonly canSign: boolean;
  /** Entries of the list that are too short to be secrets: worth a warning. */
  readonly ignoredSecrets: number;
  readonly tickets: KeyRing<Ticket>;
  readonly passes: KeyRing<Pass>;
  /** Hash owners; the first is the one for new tokens. */
  readonly ownerKeys: readonly CryptoKey[];
  /** What each of {@link ownerKeys} makes of an owner. */
  readonly ownerHashes: TwoGenerations<readonly string[]>;
}

/** Below this a secret is a word, which whoever holds one token can find by trying. */
export const MIN_SECRET_LENGTH = 16;

// About 0.8 KB a token: 6 MB of passes and 8 MB of tickets in two generations. A pass is shown with each request and is
// renewed after ten seconds of use, so the last 4,000 do for the users of 400 new ones a second. A ticket is shown once in
// a poll interval, when it has been renewed since.
const PASS_BOUNDS = { maxEntries: 4000, maxKeyLength: 2_000_000 };
const TICKET_BOUNDS = { maxEntries: 5000, maxKeyLength: 2_000_000 };
const OWNER_BOUNDS = { maxEntries: 10_000, maxKeyLength: 2_000_000 };

const KEY_BITS = 256;
const KEY_ID_BYTES = 6;
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

let cached: { readonly list: string | undefined; readonly keys: QueueKeys } | undefined;

/** The keys of a list of secrets if this edge has made them. */
export function knownQueueKeys(secretList: string | undefined): QueueKeys | undefined {
  return cached !== undefined && cached.list === secretList ? cached.keys : undefined;
}

/**
 * The keys of a comma-separated list of secrets: the first signs, all verify. So a secret is changed without a moment in
 * which somebody's place is lost. With another list everything that was verified before is forgotten.
 */
export async function queueKeys(secretList: string | undefined): Promise<QueueKeys> {
  const before = knownQueueKeys(secretList);
  if (before !== undefined) return before;
  const listed = (secretList ?? "").split(",").map((secret) => secret.trim());
  const secrets = [...new Set(listed.filter((secret) => secret.length >= MIN_SECRET_LENGTH))];
  const tickets = await Promise.all(secrets.map((secret) => tokenKey(secret, "tickets", "tidegate-ticket")));
  const passes = await Promise.all(secrets.map((secret) => tokenKey(secret, "passes", "tidegate-pass")));
  const ownerKeys = await Promise.all(
    secrets.map(async (secret) => importHmac(await derived(secret, "owners"), ["sign"])),
  );
  const keys: QueueKeys = {
    canSign: secrets.length > 0,
    ignoredSecrets: listed.filter((secret) => secret !== "" && secret.length < MIN_SECRET_LENGTH).length,
    tickets: ringOf(tickets, new TwoGenerations(TICKET_BOUNDS)),
    passes: ringOf(passes, new TwoGenerations(PASS_BOUNDS)),
    ownerKeys,
    ownerHashes: new TwoGenerations(OWNER_BOUNDS),
  };
  // Another request may have made them meanwhile; one memory is enough.
  const meanwhile = knownQueueKeys(secretList);
  if (meanwhile !== undefined) return meanwhile;
  cached = { list: secretList, keys };
  return keys;
}

type Purpose = "tickets" | "passes" | "owners";

function ringOf<Token>(keys: readonly TokenKey[], verified: TwoGenerations<Token>): KeyRing<Token> {
  return { first: keys[0], byHeader: new Map(keys.map((key) => [key.header, key])), verified };
}

async function tokenKey(secret: string, purpose: Purpose, typ: string): Promise<TokenKey> {
  const bytes = await derived(secret, purpose);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const members = { alg: "HS256", kid: base64Url(digest.subarray(0, KEY_ID_BYTES)), typ } as const;
  const header = base64Url(new TextEncoder().encode(JSON.stringify(members)));
  return { header, members, key: await importHmac(bytes, ["sign", "verify"]) };
}

/** HKDF (RFC 5869): keys that tell nothing of each other, nor of the secret. */
async function derived(secret: string, purpose: Purpose) {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveBits",
  ]);
  const info = encoder.encode(`tidegate ${purpose} v1`);
  const way = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  return crypto.subtle.deriveBits(way, material, KEY_BITS);
}

function importHmac(bytes: ArrayBuffer, uses: ("sign" | "verify")[]) {
  return crypto.subtle.importKey("raw", bytes, HMAC, false, uses);
}

/** RFC 4648 §5, without padding. */
export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
