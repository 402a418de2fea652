/** What a pool's origins take at this moment, worked out anew when something changed and kept until then. */
import { ejectionOptionsOf, failureStaleMs, slowStartOptionsOf } from "../config/health-options.ts";
import { type ServiceWord, serviceWord } from "../config/service.ts";
import { type Availability, availabilityOf, hasComeBack } from "../policy/availability.ts";
import { type Ejection, isOut, nextEjection } from "../policy/ejection.ts";
import { ejectionsInForce } from "../policy/last-origin.ts";
import { noOutcomes } from "../policy/outlier.ts";
import { placePool } from "../policy/placement.ts";
import type { Majority } from "../policy/probe-health.ts";
import { countSlots, rebalance, walkOrder } from "../policy/slot-table.ts";
import { slowStartFactor } from "../policy/slow-start.ts";
import type { OriginRuntime, PoolRuntime, PoolState } from "./compiled.ts";

/** While something is on its way (slow start, ejection, hold), the state is looked at again at this pace. */
const LOOK_AGAIN_MS = 250;

/** The state at `nowMs`; the same value as before while nothing changed. */
export function poolState(pool: PoolRuntime, nowMs: number): PoolState {
  const known = pool.state;
  // A clock that was set back would keep an old state for as long.
  if (known !== undefined && nowMs < known.validUntilMs && nowMs >= known.workedOutAtMs) return known;
  const state = workOut(pool, nowMs);
  pool.state = state;
  return state;
}

/** Makes the next request work the state out again. */
export function forgetState(pool: PoolRuntime): void {
  pool.state = undefined;
}

/** The ejection that counts: the newer of Control's word and this edge's own judgement. */
export function ejectionOf({ memory }: OriginRuntime): Ejection {
  return memory.ejection;
}

/**
 * What the monitors say. Like a monitor's own, Control's word lapses when it is old: an edge that has not heard for so
 * long lets live traffic decide, as it cannot learn that the origin is back.
 */
export function probesOf(pool: PoolRuntime, { health }: OriginRuntime, nowMs: number): Majority {
  if (health === undefined) return "unknown";
  // Without monitors in the configuration no word of theirs can lapse.
  if (pool.config.health === undefined) return health.probes;
  return Math.abs(nowMs - pool.heard.atMs) > failureStaleMs(pool.config) ? "unknown" : health.probes;
}

function workOut(pool: PoolRuntime, nowMs: number): PoolState {
  const services = pool.origins.map((origin) => serviceWord(origin.service, nowMs));
  for (const origin of pool.origins) followControl(pool, origin, nowMs);
  const candidates = pool.origins.map((origin, index) => ({
    isOutOtherwise:
      origin.weight === 0 ||
      services[index]?.word.kind !== "none" ||
      probesOf(pool, origin, nowMs) === "unhealthy",
    ejection: ejectionOf(origin),
  }));
  const inForce = ejectionsInForce(candidates);
  const each = pool.origins.map((origin, index) =>
    availabilityNow(pool, origin, services[index], inForce[index] === true, nowMs),
  );
  const owned = countSlots(pool.owners, pool.origins.length);
  const { kind, origins, weights } = placePool(
    pool.origins.map((origin, index) => ({
      priority: origin.priority,
      weight: owned[index] ?? 0,
      availability: each[index] ?? availabilityOfNobody(origin),
    })),
    {
      overProvisioningFactor: pool.config.over_provisioning,
      panicThresholdPercent: pool.config.panic_threshold,
    },
    {
      threshold: pool.config.panic_threshold / 100,
      reads: "spread",
      writes: pool.config.panic_writes,
    },
  );
  const isWhole = weights.every((weight, index) => weight === owned[index]);
  const isNobody = weights.every((weight) => weight === 0);
  const slots = isWhole || isNobody ? pool.owners : rebalance(pool.owners, weights);
  const usable = pool.origins
    .map((_, index) => index)
    .filter((index) => (weights[index] ?? 0) > 0)
    .sort((a, b) => (pool.origins[a]?.priority ?? 0) - (pool.origins[b]?.priority ?? 0) || a - b);
  // A word that has lapsed counts again once Control is heard.
  const isSettled =
    origins.every(({ state, reason }) => state === "healthy" && reason === "ok") &&
    pool.origins.every(({ health }) => health?.probes !== "unhealthy");
  return {
    kind,
    origins,
    slots,
    walk: walkOrder(slots, pool.origins.length),
    usable,
    services,
    hasDrain: origins.some(({ state }) => state === "draining"),
    onTrial: pool.origins.flatMap((origin, index) => (ejectionOf(origin).kind === "trial" ? [index] : [])),
    workedOutAtMs: nowMs,
    validUntilMs: Math.min(
      isSettled ? Number.POSITIVE_INFINITY : nowMs + LOOK_AGAIN_MS,
      ...services.map(({ nextChangeMs }) => nextChangeMs),
    ),
  };
}

/**
 * Takes over what Control says that is new, and lets time go on from there: so an ejection ends by itself when Control
 * falls silent.
 */
function followControl(pool: PoolRuntime, origin: OriginRuntime, nowMs: number): void {
  const { memory, health } = origin;
  const word = health === undefined ? undefined : newsOf(health.ejection);
  if (health !== undefined && word !== memory.controlWord) {
    // The first word that an edge hears of a healthy origin is none of its own ejection's business.
    if (isOut(health.ejection) || memory.controlWord !== undefined) memory.ejection = health.ejection;
    memory.controlWord = word;
  }
  memory.ejection = nextEjection(
    memory.ejection,
    { kind: "probes", probes: probesOf(pool, origin, nowMs) },
    nowMs,
    Math.random(),
    ejectionOptionsOf(pool.config),
  );
  // What it did before it went out is no reason to send it out again.
  const isOutNow = isOut(ejectionOf(origin));
  memory.isBackFirst = !isOutNow && health !== undefined && isOut(health.ejection);
  if (memory.wasOut && !isOutNow) memory.stats = noOutcomes(pool.config.ejection.window);
  memory.wasOut = isOutNow;
}

/**
 * What makes Control's word a new one; that a trial begins follows from the time, which edges know themselves. After a trial
 * that failed all wait for the next one together: an edge that tried by its own dice could take the origin back before
 * Control's trial had begun, and nobody would be left to try.
 */
function newsOf(ejection: Ejection): string {
  const { changedAtMs } = ejection;
  return ejection.kind === "none" ? `in ${changedAtMs}` : `out ${changedAtMs} ${ejection.endsAtMs}`;
}

function availabilityNow(
  pool: PoolRuntime,
  origin: OriginRuntime,
  service: ServiceWord | undefined,
  ejectionHolds: boolean,
  nowMs: number,
): Availability {
  const { memory } = origin;
  const options = slowStartOptionsOf(pool.config);
  const signals = () => ({
    override: service?.word ?? ({ kind: "none" } as const),
    probes: probesOf(pool, origin, nowMs),
    ejection: ejectionOf(origin),
    ejectionHolds,
    returned:
      options === undefined || memory.returned === undefined
        ? undefined
        : { sinceMs: nowMs - memory.returned.atMs, successes: memory.returned.successes },
    capacity: origin.health?.capacity,
  });
  const before = memory.availability;
  let availability = availabilityOf(signals(), before, nowMs, options);
  if (hasComeBack(before, availability)) {
    memory.returned = { atMs: nowMs, successes: 0 };
    availability = availabilityOf(signals(), before, nowMs, options);
  }
  const { returned } = signals();
  if (returned === undefined || options === undefined || slowStartFactor(returned, options) >= 1) {
    memory.returned = undefined;
  }
  memory.availability = availability;
  return availability;
}

function availabilityOfNobody(origin: OriginRuntime | undefined): Availability {
  throw new Error(`origin ${origin?.name ?? "?"} has no availability`);
}
