/** Keyed hashes of owners: what leaves the edge names a bucket and tells nothing of its user. */

import { TwoGenerations } from "../policy/two-generations.ts";

export interface OwnerHash {
  /** 128 bits, base64url. */
  readonly text: string;
  /** 32 further bits, which choose the shard: nobody outside can aim at one. */
  readonly number: number;
}

/** What of the Worker's secrets names buckets. */
interface Secrets {
  readonly TIDEGATE_SECRET?: string;
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Parts the key from those that sign tickets with the same secret. */
const PURPOSE = "tidegate limits v1 ";
const TEXT_BYTES = 16;

const known = new TwoGenerations<OwnerHash>({ maxEntries: 20_000, maxKeyLength: 4_000_000 });
let key: { readonly secret: string; readonly value: Key } | undefined;
let hasWarned = false;

/** The hash if this edge has made it lately. */
export function knownHash(owner: string, env: Secrets): OwnerHash | undefined {
  return key?.secret === secretOf(env) ? known.get(owner) : undefined;
}

/** HMAC-SHA-256 of an owner under the first of the secrets (RFC 2104). */
export async function ownerHash(owner: string, env: Secrets): Promise<OwnerHash> {
  const before = knownHash(owner, env);
  if (before !== undefined) return before;
  const secret = secretOf(env);
  const cryptoKey = key?.secret === secret ? key.value : await importKey(secret);
  if (key?.secret !== secret) {
    known.clear();
    key = { secret, value: cryptoKey };
  }
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", cryptoKey, new TextEncoder().encode(owner)));
  const text = btoa(String.fromCharCode(...digest.subarray(0, TEXT_BYTES)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  const hash = { text, number: new DataView(digest.buffer).getUint32(TEXT_BYTES) };
  known.set(owner, hash);
  return hash;
}

/** Names an owner's bucket of a limit, in stores. */
export function bucketKey(limit: string, { text }: OwnerHash): string {
  return `${limit}:${text}`;
}

/** Of a list that rotates, the first. A change of it starts every bucket anew, once. */
function secretOf({ TIDEGATE_SECRET }: Secrets): string {
  const secret = TIDEGATE_SECRET?.split(",")[0]?.trim() ?? "";
  if (secret === "" && !hasWarned) {
    hasWarned = true;
    console.warn("TG3010 TIDEGATE_SECRET is not set: names of buckets can be guessed from names of users");
  }
  return secret;
}

function importKey(secret: string): Promise<Key> {
  const bytes = new TextEncoder().encode(PURPOSE + secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
