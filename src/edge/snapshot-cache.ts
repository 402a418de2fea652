/** Shares a snapshot between the edges of one place, so that Control is asked once a place and not once an edge. */

import type { Env } from "../config/env.ts";
import { decodeSlots, encodeSlots } from "../config/slots-codec.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { isYoung } from "../policy/refresh.ts";
import { placeKey, readPlace, writePlace } from "./place-cache.ts";

const KEPT_SECONDS = 15;

export interface SharedSnapshot {
  readonly etag: string;
  readonly snapshot: Snapshot;
  /** When the edge that shared it asked Control: epoch milliseconds of a clock in the same place. */
  readonly takenAtMs: number;
}

interface CachedForm extends Omit<Snapshot, "slots"> {
  readonly etag: string;
  readonly takenAtMs: number;
  readonly slots: string;
}

/**
 * A snapshot that another edge here fetched within the last half second, or in any case after the one that is known;
 * undefined when there is none.
 */
export async function readShared(
  env: Env,
  nowMs: number,
  knownTakenAtMs = Number.POSITIVE_INFINITY,
): Promise<SharedSnapshot | undefined> {
  const read = await readPlace(cacheKey(env));
  if (read === undefined) return undefined;
  try {
    const { etag, takenAtMs, slots, ...rest } = requireForm(read);
    if (takenAtMs > nowMs || !(isYoung(takenAtMs, nowMs) || takenAtMs > knownTakenAtMs)) return undefined;
    return { etag, takenAtMs, snapshot: { ...rest, slots: decodeSlots(slots) } };
  } catch {
    // Not of this release's form: Control has it right.
    return undefined;
  }
}

/** @throws when the value was not written by {@link share} */
function requireForm(value: unknown): CachedForm {
  const form = value as Partial<Record<keyof CachedForm, unknown>> | null;
  const isForm =
    typeof form?.etag === "string" &&
    form.etag !== "" &&
    Number.isFinite(form.takenAtMs) &&
    Number.isInteger(form.version) &&
    typeof form.config === "object" &&
    form.config !== null &&
    typeof form.health === "object" &&
    form.health !== null &&
    Array.isArray(form.overrides) &&
    Array.isArray(form.announcements) &&
    typeof form.sharding === "object" &&
    form.sharding !== null &&
    typeof form.rooms === "object" &&
    form.rooms !== null &&
    typeof form.slots === "string";
  if (!isForm) throw new TypeError("not a shared snapshot");
  return form as CachedForm;
}

/** Lets the other edges here use this snapshot. */
export async function share(env: Env, { etag, takenAtMs, snapshot }: SharedSnapshot): Promise<void> {
  const form: CachedForm = { ...snapshot, etag, takenAtMs, slots: encodeSlots(snapshot.slots) };
  // Whoever reads it looks at takenAtMs; edges that may not ask Control take an older one too.
  await writePlace(cacheKey(env), form, KEPT_SECONDS);
}

/** Whether what edges share is of one release only: then whoever shared has offered Control the file that this edge has. */
export function isOfRelease(env: Env): boolean {
  return (env.VERSION?.id ?? "") !== "";
}

export function cacheKey(env: Env): string {
  return placeKey(env, "snapshot");
}
