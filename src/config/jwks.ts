/** Keeps an issuer's key set at hand: fetched rarely, read within bounds, kept while the issuer cannot be reached. */

import { keysFor, type VerificationKey, verificationKeys } from "../policy/jwt-keys.ts";
import type { TokenHeader } from "../policy/jwt-token.ts";
import {
  areUsable,
  decideKeyFetch,
  decideUnknownKey,
  fetchBegan,
  fetchEnded,
  KEYS_DEADLINE_MS,
  type KeyFetchDecision,
  type KeyFetchState,
  nothingFetched,
} from "../policy/key-fetch.ts";

/** A key of an issuer takes a few hundred bytes, with certificates a few thousand. */
const MAX_DOCUMENT_BYTES = 256 * 1024;
/** A fetch that no request waits for any more may still bring keys for the next. */
const FETCH_TIMEOUT_MS = 5000;
/** How often a request looks whether another request's fetch is there. */
const LOOK_AGAIN_MS = 5;

/** What this edge has of one key set. Plain data: requests share it, never each other's promises. */
export interface KeySet {
  readonly url: string;
  /** The table of the configuration that names it, for messages. */
  readonly table: string;
  readonly fetching: KeyFetchState;
  keys: readonly VerificationKey[];
  /** Another value whenever `keys` have become others: what they verified is then to be verified again. */
  generation: number;
}

export type WaitUntil = (work: Promise<unknown>) => void;

export function newKeySet(url: string, table: string): KeySet {
  return { url, table, fetching: nothingFetched(), keys: [], generation: 0 };
}

/** True when what these keys verified counts without waiting for others; old ones are fetched again behind. */
export function countsNow(set: KeySet, nowMs: number, waitUntil: WaitUntil): boolean {
  const decision = decideKeyFetch(set.fetching, nowMs);
  if (decision === "behind") waitUntil(fetchKeys(set));
  return (decision === "use" || decision === "behind") && areUsable(set.fetching, nowMs);
}

/** The keys that may verify a token with this header; waits for a fetch where one is due, a second at most. */
export async function findKeys(
  set: KeySet,
  header: TokenHeader,
  waitUntil: WaitUntil,
): Promise<readonly VerificationKey[]> {
  await carryOut(decideKeyFetch(set.fetching, Date.now()), set, waitUntil);
  const found = usableKeys(set, header);
  if (found.length > 0) return found;
  await carryOut(decideUnknownKey(set.fetching, Date.now()), set, waitUntil);
  return usableKeys(set, header);
}

function usableKeys(set: KeySet, header: TokenHeader): readonly VerificationKey[] {
  return areUsable(set.fetching, Date.now()) ? keysFor(set.keys, header) : [];
}

async function carryOut(decision: KeyFetchDecision, set: KeySet, waitUntil: WaitUntil): Promise<void> {
  switch (decision) {
    case "use":
      return;
    case "behind":
      waitUntil(fetchKeys(set));
      return;
    case "before": {
      const running = fetchKeys(set);
      waitUntil(running);
      await Promise.race([running, scheduler.wait(KEYS_DEADLINE_MS)]);
      return;
    }
    case "wait": {
      const deadlineMs = set.fetching.startedAtMs + KEYS_DEADLINE_MS;
      while (set.fetching.isRunning && Date.now() < deadlineMs) await scheduler.wait(LOOK_AGAIN_MS);
    }
  }
}

/** Fetches the key set and takes it. Never throws. */
async function fetchKeys(set: KeySet): Promise<void> {
  const startedAtMs = Date.now();
  fetchBegan(set.fetching, startedAtMs);
  const fetched = await fetchDocument(set.url);
  const keys = fetched.kind === "document" ? verificationKeys(fetched.document) : undefined;
  const counts = fetchEnded(set.fetching, startedAtMs, keys !== undefined);
  if (keys === undefined) {
    // The address may carry a secret, and an error may carry the address.
    const why = fetched.kind === "document" ? "it holds no key that may verify tokens" : fetched.why;
    console.warn(`TG3006 the key set of ${set.table} cannot be had: ${why}`);
  } else if (counts && JSON.stringify(keys) !== JSON.stringify(set.keys)) {
    set.keys = keys;
    set.generation += 1;
  }
}

type Fetched = { kind: "document"; document: unknown } | { kind: "failed"; why: string };

async function fetchDocument(url: string): Promise<Fetched> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      // Where the issuer sends us is not where the operator said the keys are.
      redirect: "manual",
      // A key that a cache does not know yet is why a set is fetched again.
      cache: "no-store",
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { kind: "failed", why: `its server answered ${response.status}` };
    }
    const text = await readBounded(response);
    if (text === undefined) return { kind: "failed", why: `it is larger than ${MAX_DOCUMENT_BYTES} bytes` };
    return { kind: "document", document: parse(text) };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return {
      kind: "failed",
      why: isLate ? `no answer within ${FETCH_TIMEOUT_MS} ms` : "its server does not answer",
    };
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_DOCUMENT_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
