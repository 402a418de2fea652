/**
 * What the edges of one place tell each other of a room: of thousands, each has its own exchange every ten seconds only
 * (decision 40).
 */
import type { ExchangePace } from "./exchange-pace.ts";
import { lineSeen } from "./move-batches.ts";
import type { RoomKnown } from "./room-known.ts";
import type { Published } from "./room-publication.ts";
import type { Means, Steps } from "./room-steps.ts";

/** An edge that has an exchange as often knows as much by itself. */
const OFTEN_MS = 1000;
/** Nobody looks for a younger publication than this one. */
const FRESH_MS = 500;
const LOOK_EVERY_MS = 250;

/** As far as edges decide by it. */
type Known = Pick<Published, "atMs" | "lanes" | "isPaused" | "ended">;

/** Whether an edge lets its neighbours know what it hears of the room, and hears of it from them. */
export function isShared({ nextInMs }: Pick<ExchangePace, "nextInMs">): boolean {
  return nextInMs > OFTEN_MS;
}

export function mayHear(known: RoomKnown, nowMs: number): boolean {
  const { pace, publication, skewMs, heardAtMs } = known;
  if (!isShared(pace) || publication === undefined) return false;
  const ageMs = nowMs + skewMs - publication.atMs;
  if (ageMs >= 0 && ageMs < FRESH_MS) return false;
  const lookedMs = nowMs - heardAtMs;
  if (lookedMs >= 0 && lookedMs < LOOK_EVERY_MS) return false;
  return !isTelling(known);
}

/**
 * While this edge tells the Room of people, a line that a neighbour brings may have them or not: whoever is counted out
 * twice would have others told too low a place. And what the Room answers is younger than all that was heard before.
 */
function isTelling({ lanes }: Pick<RoomKnown, "lanes">): boolean {
  for (const { moves } of lanes.values()) if (moves.frozen.length > 0) return true;
  return false;
}

/** Hears what a neighbour has heard, if this edge is to look for it now. */
export function* heardFromNeighbour(known: RoomKnown, { nowMs }: Means): Steps<void> {
  if (!mayHear(known, nowMs())) return;
  known.heardAtMs = nowMs();
  yield { do: "hear" };
}

/** Takes what a neighbour has heard, in place, if it is news; what this edge was given itself stays. */
export function takeHeard<Publication extends Known>(
  known: RoomKnown & { publication: Publication | undefined },
  heard: Publication,
): void {
  const { publication } = known;
  if (publication === undefined || heard.atMs <= publication.atMs || isTelling(known)) return;
  takePublication(known, heard);
}

/** What is known of the room is this, in place. */
export function takePublication<Publication extends Known>(
  known: RoomKnown & { publication: Publication | undefined },
  publication: Publication,
): void {
  known.publication = publication;
  for (const [name, { moves }] of known.lanes) {
    const [lineAtMs = 0] = publication.lanes[name]?.line ?? [];
    lineSeen(moves, lineAtMs);
  }
}
