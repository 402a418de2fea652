/** Which origins are in service at a moment: windows of the file and operators' overrides, as one word an origin. */
import { combineOverrides, type Override as Word } from "../policy/availability.ts";
import { isOut } from "../policy/ejection.ts";
import { type MaintenanceWindow, type WindowState, windowState } from "../policy/maintenance.ts";
import { countSlots, lendSlots, SLOTS } from "../policy/slot-table.ts";
import type { Override } from "./health-report.ts";
import type { Pool, MaintenanceWindow as Window } from "./load.ts";
import { healthIn, type Snapshot, slotsIn } from "./snapshot.ts";

export interface ServiceWord {
  readonly word: Word;
  /** When it may change by itself; Infinity for never. */
  readonly nextChangeMs: number;
  /** When maintenance ends, and what users are told meanwhile. */
  readonly endsAtMs: number | undefined;
  readonly message: Readonly<Record<string, string>> | undefined;
  /** What can be used meanwhile. */
  readonly works: Readonly<Record<string, string>> | undefined;
}

/** A window, in the policy's form, with what users are told. */
export interface Planned {
  readonly window: MaintenanceWindow;
  readonly message: Readonly<Record<string, string>> | undefined;
  readonly works: Readonly<Record<string, string>> | undefined;
}

/** The windows and overrides that concern one origin, ready to be asked again and again. */
export interface ServicePlan {
  readonly windows: readonly Planned[];
  readonly drains: readonly Override[];
}

export function servicePlan(snapshot: Snapshot, pool: string, origin: string): ServicePlan {
  const concerns = (target: { readonly pool: string; readonly origin?: string }): boolean =>
    target.pool === pool && (target.origin === undefined || target.origin === origin);
  const windows = snapshot.config.maintenance.filter(concerns).map(fromFile);
  const commanded = snapshot.overrides.filter(
    (override) => override.kind === "maintenance" && concerns(override),
  );
  return {
    windows: [...windows, ...commanded.map(fromCommand)],
    drains: snapshot.overrides.filter((override) => override.kind === "drain" && concerns(override)),
  };
}

/** What the plan says at `nowMs`. */
export function serviceWord(plan: ServicePlan, nowMs: number): ServiceWord {
  const states = plan.windows.map(({ window, message, works }) => ({
    state: windowState(window, nowMs),
    message,
    works,
  }));
  const words = [...states.map(({ state }) => wordOf(state)), ...plan.drains.map(drainWord)];
  const told = states.find(({ state, message }) => state.kind === "active" && message !== undefined);
  const ends = states.flatMap(({ state }) => (state.kind === "active" ? [state.endsAtMs] : []));
  const latest = Math.max(...ends);
  const deadlines = plan.drains.flatMap(({ endMs }) => (endMs !== undefined && endMs > nowMs ? [endMs] : []));
  return {
    word: combineOverrides(words),
    nextChangeMs: Math.min(Infinity, ...states.map(({ state }) => state.nextChangeMs), ...deadlines),
    endsAtMs: Number.isFinite(latest) ? latest : undefined,
    message: told?.message,
    works: states.find(({ state, works }) => state.kind === "active" && works !== undefined)?.works,
  };
}

/** Each origin's share of users at a moment, 0 to 1: windows and overrides of that moment, health of today. */
export function effectiveShares(snapshot: Snapshot, pool: Pool, atMs: number): number[] {
  const table = slotsIn(snapshot, pool.name);
  const inService = pool.origins.map((origin) => whyOut(snapshot, pool.name, origin, atMs) === undefined);
  if (table === undefined || !inService.some(Boolean)) return pool.origins.map(() => 0);
  return countSlots(lendSlots(table.slots, inService), pool.origins.length).map((count) => count / SLOTS);
}

/** Origins that could take a new user at a moment. */
export function reachableOrigins(snapshot: Snapshot, poolName: string, atMs: number): string[] {
  return originsOf(snapshot, poolName)
    .filter((origin) => whyOut(snapshot, poolName, origin, atMs) === undefined)
    .map(({ name }) => name);
}

/** The origins that take no new user at a moment, and why, in words. */
export function outages(snapshot: Snapshot, poolName: string, atMs: number): { name: string; why: string }[] {
  return originsOf(snapshot, poolName).flatMap((origin) => {
    const why = whyOut(snapshot, poolName, origin, atMs);
    return why === undefined ? [] : [{ name: origin.name, why }];
  });
}

/** More changes than this are not looked at: a window of a day with so many others in it is a mistake of its own. */
const MOST_MOMENTS = 200;

/** The moments from `fromMs` to before `toMs` at which an origin of the pool may go out or come back; the first is `fromMs`. */
export function serviceMoments(
  snapshot: Snapshot,
  poolName: string,
  fromMs: number,
  toMs: number,
): readonly [number, ...number[]] {
  const plans = originsOf(snapshot, poolName).map(({ name }) => servicePlan(snapshot, poolName, name));
  const moments: [number, ...number[]] = [fromMs];
  for (let atMs = fromMs; moments.length < MOST_MOMENTS; moments.push(atMs)) {
    const now = atMs;
    atMs = Math.min(...plans.map((plan) => serviceWord(plan, now).nextChangeMs));
    if (!(atMs < toMs)) break;
  }
  return moments;
}

/** Undefined for an origin that could take a new user. */
function whyOut(
  snapshot: Snapshot,
  pool: string,
  { name, weight }: Pool["origins"][number],
  atMs: number,
): string | undefined {
  const { word } = serviceWord(servicePlan(snapshot, pool, name), atMs);
  if (word.kind === "maintenance") return "is in maintenance";
  if (word.kind === "drain") return "is being drained";
  const health = healthIn(snapshot, pool, name);
  if (health?.probes === "unhealthy") return "is unhealthy";
  if (health !== undefined && isOut(health.ejection)) return "is ejected";
  return weight > 0 ? undefined : "has no weight";
}

function originsOf(snapshot: Snapshot, poolName: string): Pool["origins"] {
  return snapshot.config.pools.find(({ name }) => name === poolName)?.origins ?? [];
}

/** A window of the file. */
export function fromFile(window: Window): Planned {
  const { drain, message, works } = window;
  if (window.kind === "once") {
    return {
      message,
      works,
      window: { kind: "once", startMs: window.start, endMs: window.end, drainMs: drain },
    };
  }
  const start = {
    weekday: window.weekday,
    hour: Math.floor(window.minuteOfDay / 60),
    minute: window.minuteOfDay % 60,
  };
  return {
    message,
    works,
    window: { kind: "weekly", start, zone: window.zone, durationMs: window.duration, drainMs: drain },
  };
}

/** A window by command. */
export function fromCommand({ startMs, endMs, drainMs, message }: Override): Planned {
  const window = { kind: "once", startMs, endMs: endMs ?? Number.POSITIVE_INFINITY, drainMs } as const;
  return { message, works: undefined, window };
}

function wordOf(state: WindowState): Word {
  switch (state.kind) {
    case "active":
      return { kind: "maintenance" };
    case "draining":
      return { kind: "drain", deadlineMs: state.startsAtMs };
    case "none":
      return { kind: "none" };
  }
}

function drainWord({ endMs }: Override): Word {
  return { kind: "drain", deadlineMs: endMs };
}
