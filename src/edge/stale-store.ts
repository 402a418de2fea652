/** Where answers are kept for `stale_if_error`: the Cache API of the place where the edge runs, when there is one. */
import { decodeKept, encodeKept, type Kept } from "./kept-form.ts";

/** So long an error may wait for a kept answer. */
const FIND_DEADLINE_MS = 250;
/** A runtime without a cache (bare workerd) is not asked again for so long; a cache that failed gets another chance. */
const OFF_MS = 60_000;

let offUntilMs = 0;

/** False while the runtime has shown that it keeps nothing. */
export function hasStore(nowMs: number): boolean {
  // The clock of a machine may be set back.
  return nowMs >= offUntilMs || nowMs < offUntilMs - OFF_MS;
}

/** True when the answer is kept now. Never throws. */
export async function keep(key: string, kept: Kept): Promise<boolean> {
  try {
    const seconds = Math.ceil(kept.keepMs / 1000);
    const headers = { "cache-control": `max-age=${seconds}`, "content-type": "application/octet-stream" };
    await caches.default.put(await addressOf(key), new Response(encodeKept(kept), { headers }));
    return true;
  } catch {
    offUntilMs = Date.now() + OFF_MS;
    return false;
  }
}

/** What is kept under the key; undefined when there is nothing, or not in time. Never throws. */
export function find(key: string): Promise<Kept | undefined> {
  const tooLate = scheduler.wait(FIND_DEADLINE_MS).then(() => undefined);
  return Promise.race([look(key), tooLate]);
}

async function look(key: string): Promise<Kept | undefined> {
  if (!hasStore(Date.now())) return undefined;
  try {
    const found = await caches.default.match(await addressOf(key));
    return found === undefined ? undefined : decodeKept(new Uint8Array(await found.arrayBuffer()));
  } catch {
    offUntilMs = Date.now() + OFF_MS;
    return undefined;
  }
}

/** A digest, so that what users ask for is not the name of anything; with the number of the form that is kept. */
async function addressOf(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `https://stale.tidegate.invalid/1/${hex}`;
}
