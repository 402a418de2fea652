/** What operators see of buckets in Redis: the level by the library's own look, and the denials that edges have told. */
import type { BucketView } from "../config/limiter-api.ts";
import type { BucketShape } from "../policy/token-bucket.ts";
import { clientOf, newUpstashMemory } from "./upstash.ts";
import { levelOf } from "./upstash-bucket.ts";
import { denialsOf } from "./upstash-denials.ts";
import { Trip } from "./upstash-trip.ts";

export interface ViewOptions {
  /** Secrets, as for the store. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly deadlineMs: number;
}

/** One round trip. Rejects when Redis cannot be asked. */
export async function viewUpstash(
  buckets: readonly { readonly key: string; readonly shape: BucketShape }[],
  options: ViewOptions,
): Promise<BucketView[]> {
  const memory = newUpstashMemory();
  const redis = clientOf({ ...options, memory });
  const trip = new Trip(memory.scripts);
  let nowMs = Date.now();
  // First, so that it is there when levels are worked out.
  trip.time((storeMs) => {
    nowMs = storeMs;
  });
  const views = buckets.map(async ({ key, shape }): Promise<BucketView> => {
    const [level, denials] = await Promise.all([
      levelOf(trip, key, shape, () => nowMs),
      denialsOf(trip, key),
    ]);
    // Redis knows of no leases: they are gone from the level.
    return { level, denials };
  });
  const all = Promise.all(views);
  // Where sending fails, that is the reason; the views fail with it.
  all.catch(() => {});
  await trip.send(redis);
  return all;
}
