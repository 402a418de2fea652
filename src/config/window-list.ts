/** Which maintenance windows are on or to come, of the file and by command, with their next occurrence. */
import { windowState } from "../policy/maintenance.ts";
import type { MaintenanceWindow } from "./load.ts";
import { fromCommand, fromFile, type Planned } from "./service.ts";
import type { Snapshot } from "./snapshot.ts";

export interface WindowStatus {
  readonly source: "file" | "command";
  /** What `maintenance cancel` takes; windows of the file have none. */
  readonly id?: number;
  readonly pool: string;
  /** Absent: the whole pool. */
  readonly origin?: string;
  readonly state: "planned" | "draining" | "active";
  /** Of the occurrence that is on or comes next, epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly drainMs: number;
  /** Of a window that comes every week: the minute of the week by the zone's clocks, Sunday 00:00 being 0. */
  readonly weekly?: { readonly minuteOfWeek: number; readonly zone: string };
  readonly message?: Readonly<Record<string, string>>;
}

type What = Pick<WindowStatus, "source" | "id" | "pool" | "origin">;

/** Windows that are over are left out; the next one comes first. */
export function windowsOf(snapshot: Snapshot, nowMs: number): WindowStatus[] {
  const written = snapshot.config.maintenance.flatMap((window) => {
    const what: What = { source: "file", ...targetOf(window) };
    return next(what, fromFile(window), weeklyOf(window), nowMs);
  });
  const commanded = snapshot.overrides
    .filter(({ kind }) => kind === "maintenance")
    .flatMap((override) => {
      const what: What = { source: "command", id: override.id, ...targetOf(override) };
      return next(what, fromCommand(override), {}, nowMs);
    });
  return [...written, ...commanded].sort((a, b) => a.startMs - b.startMs);
}

function next(
  what: What,
  { window, message }: Planned,
  weekly: Pick<WindowStatus, "weekly">,
  nowMs: number,
): WindowStatus[] {
  const { drainMs } = window;
  const durationMs = window.kind === "once" ? window.endMs - window.startMs : window.durationMs;
  const shared = { ...what, drainMs, ...weekly, ...(message === undefined ? {} : { message }) };
  const state = windowState(window, nowMs);
  switch (state.kind) {
    case "active":
      return [{ ...shared, state: "active", startMs: state.endsAtMs - durationMs, endMs: state.endsAtMs }];
    case "draining":
      return [
        { ...shared, state: "draining", startMs: state.startsAtMs, endMs: state.startsAtMs + durationMs },
      ];
    case "none": {
      if (state.nextChangeMs === Number.POSITIVE_INFINITY) return [];
      const startMs = state.nextChangeMs + drainMs;
      return [{ ...shared, state: "planned", startMs, endMs: startMs + durationMs }];
    }
  }
}

function targetOf({ pool, origin }: { readonly pool: string; readonly origin?: string }) {
  return { pool, ...(origin === undefined ? {} : { origin }) };
}

function weeklyOf(window: MaintenanceWindow): Pick<WindowStatus, "weekly"> {
  if (window.kind === "once") return {};
  const { weekday, minuteOfDay, zone } = window;
  return { weekly: { minuteOfWeek: weekday * 1440 + minuteOfDay, zone } };
}
