/** A user's buckets for operators, wherever they are: Control looks into Limiter objects, and this edge into Redis. */
import type { ExplainedBucket } from "../config/control-api.ts";
import { controlStub, type Env } from "../config/env.ts";
import { viewUpstash } from "../stores/upstash-view.ts";

/** An operator waits for longer than a user's request does. */
const DEADLINE_MS = 2_000;

/** A bucket has no view when Redis does not answer. */
export async function explainLimits(user: string, env: Env): Promise<ExplainedBucket[]> {
  const buckets = await controlStub(env).explainLimits(user);
  const inUpstash = buckets.filter(({ store }) => store === "upstash");
  if (inUpstash.length === 0) return [...buckets];
  const asked = inUpstash.map(({ bucket: key, capacity, refill, intervalMs }) => ({
    key,
    shape: { capacity, refill, intervalMs },
  }));
  const views = await viewUpstash(asked, {
    url: env.UPSTASH_REDIS_REST_URL,
    token: env.UPSTASH_REDIS_REST_TOKEN,
    deadlineMs: DEADLINE_MS,
  }).catch((error: unknown) => {
    console.warn(JSON.stringify({ message: "buckets in Upstash were not looked at", error: String(error) }));
    return [];
  });
  const found = new Map(inUpstash.map((bucket, index) => [bucket, views[index]]));
  return buckets.map((bucket) => (found.has(bucket) ? { ...bucket, view: found.get(bucket) } : bucket));
}
