/** What an identity becomes: a hash that places its user on a slot, and a key that no other identity shares. */

// FNV-1a, 32 bit (draft-eastlake-fnv §5).
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * 32 well-mixed bits of an identity, the same on every edge for ever: users live at origins by it. FNV-1a over UTF-16
 * units; its high bits are weak for short texts, so murmur3's finaliser follows. Not cryptographic: whoever chooses
 * an identity chooses a slot, which is why only placement hangs on it and never a limit or an admission.
 */
export function affinityHash(identity: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < identity.length; at++) {
    hash = Math.imul(hash ^ identity.charCodeAt(at), FNV_PRIME);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Parts joined so that different parts never give one key: each is preceded by its length, as in a netstring.
 * `["a:b", "c"]` is `3:a:b1:c`, `["a", "b:c"]` is `1:a3:b:c`.
 */
export function identityKey(parts: readonly string[]): string {
  let key = "";
  for (const part of parts) key += `${part.length}:${part}`;
  return key;
}
