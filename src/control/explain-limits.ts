/** Finds the buckets that a user named in words could have, and looks what they hold. */
import type { ExplainedBucket } from "../config/control-api.ts";
import { type Env, limiterStub } from "../config/env.ts";
import type { Limit } from "../config/load.ts";
import { bucketKey, ownerHash } from "../config/owner-hash.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { canonicalAddress } from "../policy/address.ts";
import { addressOwner, everybodyOwner, valueOwner } from "../policy/bucket-owner.ts";
import { callerKeys } from "../policy/caller.ts";
import { shardOf } from "../policy/sharding.ts";

interface Candidate {
  readonly as: string;
  readonly owner: string;
}

export async function explainLimits(snapshot: Snapshot, user: string, env: Env): Promise<ExplainedBucket[]> {
  const found = await Promise.all(
    snapshot.config.limits.map((limit) =>
      Promise.all(candidates(limit, snapshot, user).map((one) => explain(limit, one, snapshot, env))),
    ),
  );
  return found.flat();
}

/** All that the name could mean for this limit. */
function candidates({ key, name }: Limit, { config }: Snapshot, user: string): Candidate[] {
  const address = canonicalAddress(user.replace(/\/64$/, ""));
  const ofAddress = address === undefined ? [] : [{ as: "address", owner: addressOwner(address) }];
  if (key === "all") return [{ as: "everybody", owner: everybodyOwner(name) }];
  if (key === "ip") return ofAddress;
  if (key === "user") {
    // Without a rule that makes a user of the name, only an address can be meant.
    const owners = callerKeys(config.identity, user);
    return owners.map((owner) => ({ as: /^\d+:([a-z-]+?)\d/.exec(owner)?.[1] ?? "user", owner }));
  }
  const colon = key.indexOf(":");
  const kind = key.startsWith("header:") ? "header" : "cookie";
  const field = key.slice(colon + 1);
  const owner = valueOwner(kind, kind === "header" ? field.toLowerCase() : field, user, undefined);
  return [{ as: kind, owner }, ...ofAddress];
}

async function explain(
  limit: Limit,
  { as, owner }: Candidate,
  { sharding }: Snapshot,
  env: Env,
): Promise<ExplainedBucket> {
  const { name, mode, capacity, refill, interval: intervalMs, store } = limit;
  const hash = await ownerHash(owner, env);
  const bucket = bucketKey(name, hash);
  const about = { limit: name, mode, as, capacity, refill, intervalMs, store, bucket };
  if (store !== "durable-object") return { ...about, view: undefined };
  const stub = limiterStub(env, shardOf(hash.number, sharding.shards));
  const views = await stub.view([{ key: bucket, shape: { capacity, refill, intervalMs } }]);
  return { ...about, view: views[0] };
}
