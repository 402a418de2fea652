/** Keyed hashes of who shows a ticket or a pass: a token tells its reader nothing of its owner. */
import type { Caller } from "../policy/caller.ts";
import {
  addressOwner,
  clientOwner,
  identityOwner,
  isVerified,
  MAX_USER_AGENT_LENGTH,
  type Owners,
} from "../policy/queue-binding.ts";
import { flatText } from "./flat-text.ts";
import { base64Url, type QueueKeys } from "./queue-keys.ts";

/** 96 bits: there is no trying without the key, and cookies are short. */
const HASH_BYTES = 12;

/** The hashes if this edge has made them lately: no waiting. */
export function knownOwners(
  keys: QueueKeys,
  caller: Caller,
  userAgent: string | undefined,
): Owners | undefined {
  const memory = keys.ownerHashes;
  const address = memory.get(addressMark(caller));
  const client = memory.get(clientMark(userAgent));
  if (address === undefined || client === undefined) return undefined;
  const key = verifiedKey(caller);
  if (key === undefined) return { identity: undefined, address, client };
  const identity = memory.get(identityMark(key));
  return identity === undefined ? undefined : { identity, address, client };
}

/** HMAC-SHA-256 of each, under every secret. */
export async function ownersOf(
  keys: QueueKeys,
  caller: Caller,
  userAgent: string | undefined,
): Promise<Owners> {
  const key = verifiedKey(caller);
  const [identity, address, client] = await Promise.all([
    key === undefined ? undefined : hashes(keys, identityMark(key), () => identityOwner(key)),
    hashes(keys, addressMark(caller), () => addressOwner(caller.address)),
    hashes(keys, clientMark(userAgent), () => clientOwner(userAgent)),
  ]);
  return { identity, address, client };
}

// What is remembered goes by what the request says, so that nothing is worked out for a caller who is known.
const identityMark = (key: string) => `i${key}`;
const addressMark = ({ address }: Caller) => `a${address ?? ""}`;
const clientMark = (userAgent: string | undefined) => `c${(userAgent ?? "").slice(0, MAX_USER_AGENT_LENGTH)}`;

function verifiedKey(caller: Caller): string | undefined {
  return isVerified(caller) ? caller.key : undefined;
}

async function hashes(keys: QueueKeys, mark: string, owner: () => string): Promise<readonly string[]> {
  const before = keys.ownerHashes.get(mark);
  if (before !== undefined) return before;
  const bytes = new TextEncoder().encode(owner());
  const made = await Promise.all(
    keys.ownerKeys.map(async (key) => {
      const digest = await crypto.subtle.sign("HMAC", key, bytes);
      return base64Url(new Uint8Array(digest, 0, HASH_BYTES));
    }),
  );
  keys.ownerHashes.set(flatText(mark), made);
  return made;
}
