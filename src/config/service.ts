/** Which origins are in service at a moment: windows of the file and operators' overrides, as one word an origin. */
import { combineOverrides, type Override as Word } from "../policy/availability.ts";
import { isOut } from "../policy/ejection.ts";
import { type MaintenanceWindow, type WindowState, windowState } from "../policy/maintenance.ts";
import { countSlots, lendSlots, SLOTS } from "../policy/slot-table.ts";
import type { Override } from "./health-report.ts";
import type { Pool, MaintenanceWindow as Window } from "./load.ts";
import { type Snapshot, slotsIn } from "./snapshot.ts";

export interface ServiceWord {
  readonly word: Word;
  /** When it may change by itself; Infinity for never. */
  readonly nextChangeMs: number;
  /** When maintenance ends, and what users are told meanwhile. */
  readonly endsAtMs: number | undefined;
  readonly message: Readonly<Record<string, string>> | undefined;
}

/** A window, in the policy's form, with what users are told. */
interface Planned {
  readonly window: MaintenanceWindow;
  readonly message: Readonly<Record<string, string>> | undefined;
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
  const states = plan.windows.map(({ window, message }) => ({ state: windowState(window, nowMs), message }));
  const words = [...states.map(({ state }) => wordOf(state)), ...plan.drains.map(drainWord)];
  const active = states.find(({ state }) => state.kind === "active");
  const ends = states.flatMap(({ state }) => (state.kind === "active" ? [state.endsAtMs] : []));
  const deadlines = plan.drains.flatMap(({ endMs }) => (endMs !== undefined && endMs > nowMs ? [endMs] : []));
  return {
    word: combineOverrides(words),
    nextChangeMs: Math.min(Infinity, ...states.map(({ state }) => state.nextChangeMs), ...deadlines),
    endsAtMs: ends.length === 0 ? undefined : Math.max(...ends),
    message: active?.message,
  };
}

/** Each origin's share of users at a moment, 0 to 1, as far as windows and overrides go. */
export function effectiveShares(snapshot: Snapshot, pool: Pool, atMs: number): number[] {
  const table = slotsIn(snapshot, pool.name);
  if (table === undefined) return pool.origins.map(() => 0);
  const inService = pool.origins.map(({ name }) => isInService(snapshot, pool.name, name, atMs));
  if (!inService.some(Boolean)) return pool.origins.map(() => 0);
  return countSlots(lendSlots(table.slots, inService), pool.origins.length).map((count) => count / SLOTS);
}

/** Origins that could take a new user at a moment. */
export function reachableOrigins(snapshot: Snapshot, poolName: string, atMs: number): string[] {
  const pool = snapshot.config.pools.find(({ name }) => name === poolName);
  return (pool?.origins ?? [])
    .filter(({ name, weight }) => {
      const health = snapshot.health[poolName]?.[name];
      const isFailing = health !== undefined && (health.probes === "unhealthy" || isOut(health.ejection));
      return weight > 0 && !isFailing && isInService(snapshot, poolName, name, atMs);
    })
    .map(({ name }) => name);
}

function isInService(snapshot: Snapshot, pool: string, origin: string, atMs: number): boolean {
  return serviceWord(servicePlan(snapshot, pool, origin), atMs).word.kind === "none";
}

function fromFile(window: Window): Planned {
  const { drain, message } = window;
  if (window.kind === "once") {
    return { message, window: { kind: "once", startMs: window.start, endMs: window.end, drainMs: drain } };
  }
  const start = {
    weekday: window.weekday,
    hour: Math.floor(window.minuteOfDay / 60),
    minute: window.minuteOfDay % 60,
  };
  return {
    message,
    window: { kind: "weekly", start, zone: window.zone, durationMs: window.duration, drainMs: drain },
  };
}

function fromCommand({ startMs, endMs, drainMs, message }: Override): Planned {
  return { message, window: { kind: "once", startMs, endMs: endMs ?? Number.MAX_SAFE_INTEGER, drainMs } };
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
