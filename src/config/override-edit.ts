/** What an operator may do to the origins' service without touching the file: drain, undrain, maintenance. */
import type { Override } from "./health-report.ts";
import type { ChangePlan } from "./plan.ts";
import { effectiveShares, outages, reachableOrigins, serviceMoments } from "./service.ts";
import type { Snapshot } from "./snapshot.ts";

export type OverrideEdit =
  | {
      readonly kind: "drain";
      readonly pool: string;
      readonly origin: string;
      /** When the last user leaves, epoch milliseconds; absent: users leave by themselves. */
      readonly untilMs?: number;
      readonly force: boolean;
    }
  | { readonly kind: "undrain"; readonly pool: string; readonly origin: string }
  | {
      readonly kind: "maintenance-add";
      readonly pool: string;
      readonly origin?: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly drainMs: number;
      readonly message?: Readonly<Record<string, string>>;
      readonly force: boolean;
    }
  | { readonly kind: "maintenance-cancel"; readonly id: number };

export type OverrideOutcome =
  | { readonly kind: "ok"; readonly overrides: readonly Override[]; readonly plan: ChangePlan }
  | { readonly kind: "refused"; readonly reason: string };

/** Every edge carries all of them; more are better written in the file. */
export const MAX_OVERRIDES = 200;

const OVERRIDE_KINDS: ReadonlySet<string> = new Set([
  "drain",
  "undrain",
  "maintenance-add",
  "maintenance-cancel",
]);

export function isOverrideEdit(edit: { readonly kind: string }): edit is OverrideEdit {
  return OVERRIDE_KINDS.has(edit.kind);
}

/** With the number that the next override gets. */
interface NumberedSnapshot extends Snapshot {
  readonly nextOverrideId: number;
}

/** The overrides after an edit, and what it means for users. */
export function editOverrides(
  current: Snapshot,
  edit: OverrideEdit,
  nowMs: number,
  highestId = 0,
): OverrideOutcome {
  // Numbers are never used again: a cancel that is typed twice must not hit a colleague's window.
  const nextOverrideId = Math.max(highestId, ...current.overrides.map(({ id }) => id)) + 1;
  const snapshot: NumberedSnapshot = { ...current, nextOverrideId };
  // A drain's end is when its last user leaves: it goes on until somebody takes it back.
  const overrides = snapshot.overrides.filter(
    ({ kind, endMs }) => kind === "drain" || (endMs ?? Infinity) > nowMs,
  );
  switch (edit.kind) {
    case "drain":
      return drain(snapshot, overrides, edit, nowMs);
    case "undrain":
      return undrain(snapshot, overrides, edit, nowMs);
    case "maintenance-add":
      return addMaintenance(snapshot, overrides, edit, nowMs);
    case "maintenance-cancel":
      return cancelMaintenance(snapshot, overrides, edit.id, nowMs);
  }
}

type EditOf<Kind extends OverrideEdit["kind"]> = Extract<OverrideEdit, { kind: Kind }>;

function drain(
  snapshot: NumberedSnapshot,
  overrides: readonly Override[],
  edit: EditOf<"drain">,
  nowMs: number,
): OverrideOutcome {
  const { pool, origin, untilMs, force } = edit;
  const unknown = unknownTarget(snapshot, edit);
  if (unknown !== undefined) return refused(unknown);
  if (untilMs !== undefined && untilMs <= nowMs) return refused("the drain's end is in the past");
  const end = untilMs === undefined ? {} : { endMs: untilMs };
  const id = snapshot.nextOverrideId;
  const override: Override = { id, kind: "drain", pool, origin, startMs: nowMs, ...end, drainMs: 0 };
  const next = [...withoutDrain(overrides, edit), override];
  return added(snapshot, next, {
    pool,
    origin,
    force,
    nowMs,
    fromMs: nowMs,
    planMs: nowMs,
    toMs: untilMs ?? nowMs,
  });
}

function undrain(
  snapshot: Snapshot,
  overrides: readonly Override[],
  edit: EditOf<"undrain">,
  nowMs: number,
): OverrideOutcome {
  const left = withoutDrain(overrides, edit);
  // Asked first: what has left the configuration while it was drained can still be taken back.
  if (left.length < overrides.length) return planned(snapshot, left, nowMs);
  return refused(unknownTarget(snapshot, edit) ?? `${edit.origin} is not being drained by command`);
}

function addMaintenance(
  snapshot: NumberedSnapshot,
  overrides: readonly Override[],
  edit: EditOf<"maintenance-add">,
  nowMs: number,
): OverrideOutcome {
  const { kind: _, force, ...window } = edit;
  const unknown = unknownTarget(snapshot, edit);
  if (unknown !== undefined) return refused(unknown);
  if (!(edit.endMs > edit.startMs)) return refused("the end is not after the start");
  if (edit.endMs <= nowMs) return refused("the window is in the past");
  const override: Override = { id: snapshot.nextOverrideId, kind: "maintenance", ...window };
  return added(snapshot, [...overrides, override], {
    pool: edit.pool,
    origin: edit.origin,
    // A whole pool's window is meant to leave nobody; an origin's is not.
    force: force || edit.origin === undefined,
    nowMs,
    fromMs: Math.max(nowMs, edit.startMs - edit.drainMs),
    planMs: Math.max(nowMs, edit.startMs),
    toMs: edit.endMs,
  });
}

function cancelMaintenance(
  snapshot: Snapshot,
  overrides: readonly Override[],
  id: number,
  nowMs: number,
): OverrideOutcome {
  const cancelled = overrides.find((override) => override.kind === "maintenance" && override.id === id);
  if (cancelled === undefined) {
    return refused(`there is no maintenance ${id} by command; tidegate maintenance list shows them`);
  }
  const left = overrides.filter((override) => override !== cancelled);
  return planned(snapshot, left, Math.max(nowMs, cancelled.startMs));
}

interface Addition {
  readonly pool: string;
  readonly origin: string | undefined;
  readonly force: boolean;
  readonly nowMs: number;
  /** From when to when the new override takes an origin out. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The moment whose shares are shown. */
  readonly planMs: number;
}

/** Refuses when at some moment nobody reachable would be left who is there without the change. */
function added(snapshot: Snapshot, overrides: readonly Override[], addition: Addition): OverrideOutcome {
  const { pool, origin, force, nowMs, fromMs, toMs, planMs } = addition;
  if (overrides.length > MAX_OVERRIDES)
    return refused(`there are ${MAX_OVERRIDES} drains and windows by command already; cancel some`);
  const after = { ...snapshot, overrides };
  const isEmptied = (atMs: number) =>
    reachableOrigins(after, pool, atMs).length === 0 && reachableOrigins(snapshot, pool, atMs).length > 0;
  const emptyAtMs = force ? undefined : serviceMoments(after, pool, fromMs, toMs).find(isEmptied);
  if (emptyAtMs === undefined) return planned(snapshot, overrides, planMs);
  const when = emptyAtMs <= nowMs ? "" : ` from ${new Date(emptyAtMs).toISOString()} on`;
  const others = outages(after, pool, emptyAtMs).filter(({ name }) => name !== origin);
  const why = others.map(({ name, why }) => `${name} ${why}`).join(", ") || "there is no other";
  return refused(
    `no reachable origin of pool ${pool} would be left${when}: ${why}. Bring another back first (tidegate undrain, tidegate maintenance cancel) or choose another time; --force does it all the same, and users get 503`,
  );
}

function planned(snapshot: Snapshot, overrides: readonly Override[], atMs: number): OverrideOutcome {
  const after = { ...snapshot, overrides };
  const pools = snapshot.config.pools.flatMap((pool) => {
    const before = effectiveShares(snapshot, pool, atMs);
    const now = effectiveShares(after, pool, atMs);
    const origins = pool.origins.map((origin, index) => ({
      origin: origin.name,
      weightBefore: origin.weight,
      weightAfter: origin.weight,
      shareBefore: before[index] ?? 0,
      shareAfter: now[index] ?? 0,
    }));
    if (origins.every(({ shareBefore, shareAfter }) => shareBefore === shareAfter)) return [];
    const moved = origins.reduce(
      (sum, { shareBefore, shareAfter }) => sum + Math.max(0, shareAfter - shareBefore),
      0,
    );
    return [{ pool: pool.name, kind: "changed" as const, moved, origins }];
  });
  const { version } = snapshot;
  return { kind: "ok", overrides, plan: { fromVersion: version, toVersion: version, pools, otherParts: [] } };
}

function withoutDrain(
  overrides: readonly Override[],
  target: { readonly pool: string; readonly origin: string },
): Override[] {
  return overrides.filter(
    ({ kind, pool, origin }) => !(kind === "drain" && pool === target.pool && origin === target.origin),
  );
}

function unknownTarget(
  snapshot: Snapshot,
  target: { readonly pool: string; readonly origin?: string },
): string | undefined {
  const { pools } = snapshot.config;
  const pool = pools.find(({ name }) => name === target.pool);
  if (pool === undefined) {
    return `there is no pool "${target.pool}"; there are: ${pools.map(({ name }) => name).join(", ")}`;
  }
  const { origin } = target;
  if (origin === undefined || pool.origins.some(({ name }) => name === origin)) return undefined;
  return `pool "${target.pool}" has no origin "${origin}"; there are: ${pool.origins.map(({ name }) => name).join(", ")}`;
}

function refused(reason: string): OverrideOutcome {
  return { kind: "refused", reason };
}
