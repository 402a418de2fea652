/** Shares a snapshot between the edges of one place, so that Control is asked once a place and not once an edge. */

import type { Env } from "../config/env.ts";
import { controlId } from "../config/env.ts";
import { decodeSlots, encodeSlots } from "../config/slots-codec.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { FRESH_MS } from "../policy/refresh.ts";

export interface SharedSnapshot {
  readonly etag: string;
  readonly snapshot: Snapshot;
  /** When the edge that shared it asked Control: epoch milliseconds of a clock in the same place. */
  readonly takenAtMs: number;
}

interface CachedForm {
  readonly etag: string;
  readonly takenAtMs: number;
  readonly version: number;
  readonly config: Snapshot["config"];
  readonly slots: string;
}

/** False once the runtime has shown that it has no cache (bare workerd). */
let hasCache = true;

/** A snapshot that another edge here fetched within the last half second; undefined when there is none. */
export async function readShared(env: Env, nowMs: number): Promise<SharedSnapshot | undefined> {
  if (!hasCache) return undefined;
  try {
    const response = await caches.default.match(cacheKey(env));
    if (response === undefined) return undefined;
    const { etag, takenAtMs, version, config, slots } = await response.json<CachedForm>();
    const ageMs = nowMs - takenAtMs;
    if (ageMs < 0 || ageMs >= FRESH_MS) return undefined;
    return { etag, takenAtMs, snapshot: { version, config, slots: decodeSlots(slots) } };
  } catch {
    hasCache = false;
    return undefined;
  }
}

/** Lets the other edges here use this snapshot. */
export async function share(env: Env, { etag, takenAtMs, snapshot }: SharedSnapshot): Promise<void> {
  if (!hasCache) return;
  const form: CachedForm = {
    etag,
    takenAtMs,
    version: snapshot.version,
    config: snapshot.config,
    slots: encodeSlots(snapshot.slots),
  };
  try {
    // A second is the shortest life a cache keeps; readShared looks at takenAtMs for the rest.
    await caches.default.put(
      cacheKey(env),
      Response.json(form, { headers: { "cache-control": "max-age=1" } }),
    );
  } catch {
    hasCache = false;
  }
}

function cacheKey(env: Env): string {
  return `https://snapshot.tidegate.invalid/${controlId(env)}`;
}
