/** One ask at a token bucket of `@upstash/ratelimit`: what is asked of the library, and what its answers mean. */
import { Ratelimit } from "@upstash/ratelimit";
import type { Grant } from "../policy/lending.ts";
import {
  type BucketPlan,
  forgetBucket,
  noteBucket,
  planBucket,
  type SeenBucket,
} from "../policy/seen-bucket.ts";
import { COMMON_SCALE, fillMs, type SteplessRefill, steplessRefill } from "../policy/stepless-refill.ts";
import type { BucketShape } from "../policy/token-bucket.ts";
import type { BucketAsk } from "./bucket-store.ts";
import type { Trip } from "./upstash-trip.ts";

type LibraryOptions = ConstructorParameters<typeof Ratelimit>[0];

const PREFIX = "tidegate";
/** Steps of refill in which two ways of reckoning a level may differ. */
const TOLERATED_STEPS = 2;
/** Clocks of edges differ by less; a key must not end before its bucket is full by any of them. */
const EXPIRY_MARGIN_MS = 10_000;

// Shapes are the snapshot's own objects, so that this is reckoned once for each.
const refills = new WeakMap<BucketShape, SteplessRefill>();

/** Gathers an ask in `trip`; the promise settles with the trip and never rejects. */
export function askBucket(
  trip: Trip,
  ask: BucketAsk,
  seen: SeenBucket,
  nowMs: number,
): Promise<Grant | Error> {
  const { shape } = ask;
  const refill = refillOf(shape);
  // What is most likely not needed is brought back as a whole: no lease for it.
  const wish = ask.unlessPaid === undefined ? ask.ask : { ...ask.ask, want: 0 };
  const plan = planBucket(seen, shape, wish, nowMs);
  return gather(trip, keyOf(ask.key, refill), plan, refill, nowMs).then(
    ({ isPaid, lease, level }) => {
      const tolerance = (shape.refill === 0 ? 1 : TOLERATED_STEPS * refill.unitsPerStep) / refill.scale;
      const othersHoldMs = noteBucket(seen, plan, { isPaid, lease, level }, shape, nowMs, tolerance);
      return { isPaid, lease, ahead: undefined, level, othersHoldMs };
    },
    (error) => {
      forgetBucket(seen);
      return error instanceof Error ? error : new Error(String(error));
    },
  );
}

/** Gathers a look at a bucket, which takes nothing; `now` is asked when the answer is there. Rejects without one. */
export async function levelOf(
  trip: Trip,
  key: string,
  shape: BucketShape,
  now: () => number,
): Promise<number> {
  const refill = refillOf(shape);
  const { remaining, reset } = await bucketOf(trip, refill).getRemaining(keyOf(key, refill));
  return levelNow(remaining, reset - refill.stepMs, refill, now());
}

interface Taken {
  readonly isPaid: boolean;
  readonly lease: number;
  readonly level: number;
}

async function gather(
  trip: Trip,
  key: string,
  plan: BucketPlan,
  refill: SteplessRefill,
  nowMs: number,
): Promise<Taken> {
  const bucket = bucketOf(trip, refill);
  const units = (tokens: number) => Math.floor(tokens * refill.scale);
  const giveBack = units(plan.giveBack);
  const takes: Promise<boolean>[] = [];
  if (giveBack !== 0) {
    // The library puts tokens back above the capacity, and cuts them off at the next step: so the one for the request
    // has to be the next.
    trip.nowMs = refill.unitsPerStep < refill.capacityUnits ? nowMs - refill.stepMs : nowMs;
    takes.push(took(bucket.limit(key, { rate: -giveBack })));
    // Where tokens fill a bucket or more, the library sets no end to its key.
    if (giveBack > 0) trip.expire(`${PREFIX}:${key}`, fillMs(refill) + EXPIRY_MARGIN_MS);
  }
  trip.nowMs = nowMs;
  const paid = plan.need > 0 ? took(bucket.limit(key, { rate: units(plan.need) })) : Promise.resolve(true);
  const leased =
    plan.lease > 0 ? took(bucket.limit(key, { rate: units(plan.lease) })) : Promise.resolve(false);
  // A denial tells no level.
  const rest = bucket.getRemaining(key);
  const [isPaid, hasLease, { remaining, reset }] = await Promise.all([paid, leased, rest, ...takes]);
  return {
    isPaid,
    lease: hasLease ? plan.lease : 0,
    level: levelNow(remaining, reset - refill.stepMs, refill, nowMs),
  };
}

function bucketOf(trip: Trip, { unitsPerStep, stepMs, capacityUnits }: SteplessRefill): Ratelimit {
  return new Ratelimit({
    redis: trip as unknown as LibraryOptions["redis"],
    limiter: Ratelimit.tokenBucket(unitsPerStep, `${stepMs} ms`, capacityUnits),
    prefix: PREFIX,
    // Its time-out lets the request pass with zeros for all else.
    timeout: 0,
    // Remembers a denied cost as a block of all costs.
    ephemeralCache: false,
    // Writes identifiers into Redis.
    analytics: false,
    enableTelemetry: false,
  });
}

async function took(limited: ReturnType<Ratelimit["limit"]>): Promise<boolean> {
  return (await limited).success;
}

/** The library tells the level as it was last written, at `refilledAtMs`; a bucket that is not there is full. */
function levelNow(units: number, refilledAtMs: number, refill: SteplessRefill, nowMs: number): number {
  const steps = Math.max(0, Math.floor((nowMs - refilledAtMs) / refill.stepMs));
  return Math.min(refill.capacityUnits, units + steps * refill.unitsPerStep) / refill.scale;
}

/** A level counts units: where a limit's are others, its buckets begin anew. */
function keyOf(key: string, { scale }: SteplessRefill): string {
  return scale === COMMON_SCALE ? key : `${key}:${scale}`;
}

function refillOf(shape: BucketShape): SteplessRefill {
  const known = refills.get(shape);
  if (known !== undefined) return known;
  const refill = steplessRefill(shape);
  refills.set(shape, refill);
  return refill;
}
