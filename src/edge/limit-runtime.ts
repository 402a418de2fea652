/** Makes the limits of a configuration ready for the hot path: shapes, the texts of headers and the names of counters. */
import type { Limit } from "../config/load.ts";
import { label } from "../policy/metric-label.ts";
import type { BucketShape } from "../policy/token-bucket.ts";
import { policyItem } from "./rate-limit-fields.ts";

export type LimitResult = "allowed" | "denied" | "shadow_denied" | "open_allowed" | "open_denied" | "closed";

/** Who shares a bucket. */
export type BucketOwner =
  | { readonly kind: "user" | "address" | "everybody" }
  | { readonly kind: "header" | "cookie"; readonly name: string };

export interface LimitRuntime {
  readonly name: string;
  readonly owner: BucketOwner;
  readonly shape: BucketShape;
  readonly store: Limit["store"];
  readonly isShadow: boolean;
  /** Whether one charge is likely to be followed by others, so that a lease is worth taking. */
  readonly comesInRows: boolean;
  /** What happens while the store cannot be reached: a bucket of this edge's own, or undefined for 503. */
  readonly localShape: BucketShape | undefined;
  /** What `RateLimit-Policy` says of it. */
  readonly policyItem: string;
  /** The counter of each result. */
  readonly series: Readonly<Record<LimitResult, string>>;
}

export function limitRuntime(limit: Limit): LimitRuntime {
  const { name, capacity, refill, interval, local_share } = limit;
  const shape = { capacity, refill, intervalMs: interval };
  const seriesOf = (result: LimitResult) =>
    `tidegate_limit_decisions_total{limit="${label(name)}",result="${result}"}`;
  return {
    name,
    owner: ownerOf(limit.key),
    shape,
    store: limit.store,
    isShadow: limit.mode === "shadow",
    comesInRows: true,
    localShape:
      limit.on_error === "closed"
        ? undefined
        : {
            capacity: Math.max(1, capacity * local_share),
            refill: refill * local_share,
            intervalMs: interval,
          },
    policyItem: policyItem({ name, ...shape }),
    series: {
      allowed: seriesOf("allowed"),
      denied: seriesOf("denied"),
      shadow_denied: seriesOf("shadow_denied"),
      open_allowed: seriesOf("open_allowed"),
      open_denied: seriesOf("open_denied"),
      closed: seriesOf("closed"),
    },
  };
}

/**
 * The cap on new sessions from one address, as a limit of its own: a session that the edge cannot verify costs a token
 * of its address's bucket before it gets buckets of its own.
 */
export function newSessionsLimit(perMinute: number, limits: readonly Limit[]): LimitRuntime {
  const byUser = limits.filter(({ key }) => key === "user");
  const runtime = limitRuntime({
    // No limit of a configuration can have this name, or its buckets by address would be these.
    name: "sessions:new",
    key: "ip",
    capacity: Math.max(1, perMinute),
    refill: perMinute,
    interval: 60_000 as Limit["interval"],
    // Where the address's buckets are that a session over the cap shares: one call can then ask for both.
    store:
      byUser.length > 0 && byUser.every(({ store }) => store === "upstash") ? "upstash" : "durable-object",
    // Without the store each edge lets as many in by itself.
    on_error: "open",
    local_share: 1,
    mode: "enforce",
  });
  return { ...runtime, comesInRows: false };
}

function ownerOf(key: Limit["key"]): BucketOwner {
  if (key === "user") return { kind: "user" };
  if (key === "ip") return { kind: "address" };
  if (key === "all") return { kind: "everybody" };
  const colon = key.indexOf(":");
  const name = key.slice(colon + 1);
  return key.startsWith("header:") ? { kind: "header", name: name.toLowerCase() } : { kind: "cookie", name };
}
