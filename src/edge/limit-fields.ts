/** Tells clients how they stand: the edge's limits beside an origin's own. */
import { limitField } from "./limit.ts";
import { mergeRateLimit, mergeRateLimitPolicy } from "./rate-limit-fields.ts";
import type { Visit } from "./visit.ts";

/** Writes `RateLimit-Policy` and `RateLimit` into an answer that went through limits, in place. */
export function withLimitFields(visit: Visit, answer: Response): Response {
  const { charges, route } = visit;
  if (charges === undefined || route === undefined || route.policyField === "") return answer;
  // A WebSocket's answer is the runtime's own.
  if (answer.status === 101) return answer;
  const { headers } = answer;
  // Questions to the runtime are dear (decision 28): what the walk over an origin's fields has found is not asked for.
  const { policy, limit } = visit.originRateLimit ?? {
    policy: headers.get("ratelimit-policy"),
    limit: headers.get("ratelimit"),
  };
  headers.set("ratelimit-policy", mergeRateLimitPolicy(route.policyField, policy ?? null));
  headers.set("ratelimit", mergeRateLimit(limitField(charges, visit.nowMs), limit ?? null));
  return answer;
}
