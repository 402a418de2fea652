/** Shares what a Room publishes between the edges of one place, where each hears of it by itself only every few seconds. */
import type { Env } from "../config/env.ts";
import type { Publication, PublishedLane } from "../config/room-api.ts";
import { takeHeard } from "../policy/shared-publication.ts";
import { placeKey, readPlace, writePlace } from "./place-cache.ts";
import type { RoomRuntime } from "./room-runtime.ts";

/** As long as an edge of thousands may wait for its own exchange. */
const KEPT_SECONDS = 15;
/** A request waits no longer for it. */
const DEADLINE_MS = 100;

/** A lottery's seed is a secret: each edge has it of the Room alone. */
type Shared = Omit<Publication, "lottery">;

/** Takes what a neighbour has heard, if it is news and there in time. Never rejects. */
export async function hearNeighbour({ name, memory }: RoomRuntime, env: Env): Promise<void> {
  const reading = readPlace(keyOf(env, name));
  const read = await Promise.race([reading, scheduler.wait(DEADLINE_MS)]);
  const { publication } = memory;
  if (publication !== undefined && isForm(read)) takeHeard(memory, { ...read, lottery: publication.lottery });
}

/** Lets the neighbours have what this edge knows of the room. Never rejects. */
export async function sharePublication({ name, memory }: RoomRuntime, env: Env): Promise<void> {
  if (memory.publication === undefined) return;
  const { lottery: _, ...shared } = memory.publication;
  await writePlace(keyOf(env, name), shared satisfies Shared, KEPT_SECONDS);
}

function keyOf(env: Env, room: string): string {
  return placeKey(env, "room", room);
}

/** Whether it was written by {@link sharePublication} of this release. */
function isForm(value: unknown): value is Shared {
  const form = value as Partial<Record<keyof Shared, unknown>> | null | undefined;
  return (
    Number.isFinite(form?.atMs) &&
    typeof form?.lanes === "object" &&
    form.lanes !== null &&
    Object.values(form.lanes).every(isLane) &&
    typeof form.isPaused === "boolean" &&
    Number.isFinite(form.active) &&
    Number.isFinite(form.limit) &&
    Array.isArray(form.ended)
  );
}

function isLane(value: unknown): boolean {
  const lane = value as Partial<Record<keyof PublishedLane, unknown>> | null;
  return (
    Number.isFinite(lane?.frontierMs) &&
    Array.isArray(lane?.line) &&
    typeof lane.pace === "object" &&
    lane.pace !== null &&
    Number.isFinite(lane.waiting) &&
    typeof lane.isOpen === "boolean"
  );
}
