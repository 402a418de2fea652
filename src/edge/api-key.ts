/** Finds the holder of the API key that a request presents, by the key's hash, and remembers what was hashed. */
import type { Identity } from "../config/load.ts";
import { tokensRejected } from "../config/metric-names.ts";
import { apiKeyKey } from "../policy/caller.ts";
import { TwoGenerations } from "../policy/two-generations.ts";
import { count } from "./counters.ts";

export type ApiKeyRules = NonNullable<Identity["api_keys"]>;

/** What this edge knows about API keys under one `[identity.api_keys]`. */
export interface ApiKeyMemory {
  /** The holders' user keys by hash. */
  readonly holders: ReadonlyMap<string, string>;
  /** User keys by the API key as it came. */
  readonly known: Map<string, string>;
  /** What is no key; apart, and forgotten in time, as there is no end of it. */
  readonly unknown: TwoGenerations<true>;
}

/** Longer values are no keys. */
const MAX_KEY_LENGTH = 512;
const UNKNOWN_KEY = tokensRejected("api-key", "unknown");
const UNKNOWN_BOUNDS = { maxEntries: 1000, maxKeyLength: 128 * 1024 };

export type KnownApiKey = { readonly kind: "user"; readonly key: string } | { readonly kind: "none" | "ask" };

const NONE: KnownApiKey = { kind: "none" };
const ASK: KnownApiKey = { kind: "ask" };

export function newApiKeyMemory({ sha256 }: ApiKeyRules): ApiKeyMemory {
  const holders = new Map(Object.entries(sha256).map(([holder, hash]) => [hash, apiKeyKey(holder)]));
  return { holders, known: new Map(), unknown: new TwoGenerations(UNKNOWN_BOUNDS) };
}

/** What is known of a presented value without hashing. */
export function knownApiKey(memory: ApiKeyMemory, presented: string | undefined): KnownApiKey {
  if (presented === undefined || presented === "" || presented.length > MAX_KEY_LENGTH) return NONE;
  const key = memory.known.get(presented);
  if (key !== undefined) return { kind: "user", key };
  if (!memory.unknown.get(presented)) return ASK;
  count(UNKNOWN_KEY);
  return NONE;
}

/** The user key of the holder of a presented value, or undefined when it is nobody's. */
export async function verifyApiKey(memory: ApiKeyMemory, presented: string): Promise<string | undefined> {
  const key = memory.holders.get(await sha256Hex(presented));
  // As many as there are holders: each hash has one key.
  if (key !== undefined) memory.known.set(presented, key);
  else {
    memory.unknown.set(presented, true);
    count(UNKNOWN_KEY);
  }
  return key;
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
