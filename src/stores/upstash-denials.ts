/** The last denials of a bucket in Redis: edges tell them with their asks, operators read them. */
import type { Denial, DeniedAtEdge } from "../config/limiter-api.ts";
import type { Trip } from "./upstash-trip.ts";

/** Denials that are kept of a bucket, and for how long after the last. */
const KEPT_DENIALS = 10;
const KEPT_MS = 60 * 60_000;

/** @param nowMs the store's time */
export function noteDenied(
  trip: Trip,
  key: string,
  { count, need, level, agoMs }: DeniedAtEdge,
  nowMs: number,
): void {
  const denial: Denial = { atMs: nowMs - agoMs, need, level, earlier: count - 1 };
  trip.note(listOf(key), JSON.stringify(denial), KEPT_DENIALS, KEPT_MS);
}

/** Gathers a look at them; the newest first. */
export async function denialsOf(trip: Trip, key: string): Promise<Denial[]> {
  const texts = await trip.notes(listOf(key));
  return texts.map((text) => JSON.parse(text) as Denial).sort((one, other) => other.atMs - one.atMs);
}

/** No limit's name has a space, so that no bucket has this name. */
function listOf(key: string): string {
  return `tidegate:denials ${key}`;
}
