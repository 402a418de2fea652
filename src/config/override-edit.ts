/** What an operator may do to the origins' service without touching the file: drain, undrain, maintenance. */
import type { Override } from "./health-report.ts";
import type { ChangePlan } from "./plan.ts";
import { effectiveShares, reachableOrigins } from "./service.ts";
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

const OVERRIDE_KINDS: ReadonlySet<string> = new Set([
  "drain",
  "undrain",
  "maintenance-add",
  "maintenance-cancel",
]);

export function isOverrideEdit(edit: { readonly kind: string }): edit is OverrideEdit {
  return OVERRIDE_KINDS.has(edit.kind);
}

/** The overrides after an edit, and what it means for users. */
export function editOverrides(snapshot: Snapshot, edit: OverrideEdit, nowMs: number): OverrideOutcome {
  const unknown = unknownTarget(snapshot, edit);
  if (unknown !== undefined) return { kind: "refused", reason: unknown };
  const overrides = snapshot.overrides.filter((override) => (override.endMs ?? Infinity) > nowMs);
  const nextId = Math.max(0, ...snapshot.overrides.map(({ id }) => id)) + 1;
  switch (edit.kind) {
    case "drain":
      return drain(snapshot, overrides, edit, nextId, nowMs);
    case "undrain": {
      const left = overrides.filter(
        ({ kind, pool, origin }) => !(kind === "drain" && pool === edit.pool && origin === edit.origin),
      );
      if (left.length === overrides.length)
        return { kind: "refused", reason: `${edit.origin} is not being drained` };
      return planned(snapshot, left, nowMs);
    }
    case "maintenance-add":
      return addMaintenance(snapshot, overrides, edit, nextId, nowMs);
    case "maintenance-cancel": {
      const left = overrides.filter(({ id, kind }) => !(kind === "maintenance" && id === edit.id));
      if (left.length === overrides.length) {
        return {
          kind: "refused",
          reason: `there is no maintenance ${edit.id}; tidegate maintenance list shows them`,
        };
      }
      return planned(snapshot, left, nowMs);
    }
  }
}

function drain(
  snapshot: Snapshot,
  overrides: readonly Override[],
  edit: Extract<OverrideEdit, { kind: "drain" }>,
  id: number,
  nowMs: number,
): OverrideOutcome {
  if (edit.untilMs !== undefined && edit.untilMs <= nowMs) {
    return { kind: "refused", reason: "the drain's end is in the past" };
  }
  const others = overrides.filter(
    ({ kind, pool, origin }) => !(kind === "drain" && pool === edit.pool && origin === edit.origin),
  );
  const override: Override = {
    id,
    kind: "drain",
    pool: edit.pool,
    origin: edit.origin,
    startMs: nowMs,
    ...(edit.untilMs === undefined ? {} : { endMs: edit.untilMs }),
    drainMs: 0,
  };
  return unlessLast(snapshot, [...others, override], edit.pool, edit.force, nowMs);
}

function addMaintenance(
  snapshot: Snapshot,
  overrides: readonly Override[],
  edit: Extract<OverrideEdit, { kind: "maintenance-add" }>,
  id: number,
  nowMs: number,
): OverrideOutcome {
  if (!(edit.endMs > edit.startMs)) return { kind: "refused", reason: "the end is not after the start" };
  if (edit.endMs <= nowMs) return { kind: "refused", reason: "the window is in the past" };
  const override: Override = {
    id,
    kind: "maintenance",
    pool: edit.pool,
    ...(edit.origin === undefined ? {} : { origin: edit.origin }),
    startMs: edit.startMs,
    endMs: edit.endMs,
    drainMs: edit.drainMs,
    ...(edit.message === undefined ? {} : { message: edit.message }),
  };
  const next = [...overrides, override];
  // A whole pool's window is meant to leave nobody; an origin's is not.
  const force = edit.force || edit.origin === undefined;
  return unlessLast(snapshot, next, edit.pool, force, Math.max(nowMs, edit.startMs));
}

/** Refuses when nobody reachable would be left at `atMs`. */
function unlessLast(
  snapshot: Snapshot,
  overrides: readonly Override[],
  pool: string,
  force: boolean,
  atMs: number,
): OverrideOutcome {
  if (!force && reachableOrigins({ ...snapshot, overrides }, pool, atMs).length === 0) {
    return {
      kind: "refused",
      reason: `no reachable origin of pool ${pool} would be left; --force does it all the same`,
    };
  }
  return planned(snapshot, overrides, atMs);
}

function planned(snapshot: Snapshot, overrides: readonly Override[], atMs: number): OverrideOutcome {
  const after = { ...snapshot, overrides };
  const pools = snapshot.config.pools.flatMap((pool) => {
    const before = effectiveShares(snapshot, pool, atMs);
    const now = effectiveShares(after, pool, atMs);
    const moved = pool.origins.reduce(
      (sum, _, index) => sum + Math.max(0, (now[index] ?? 0) - (before[index] ?? 0)),
      0,
    );
    if (moved === 0) return [];
    const origins = pool.origins.map((origin, index) => ({
      origin: origin.name,
      weightBefore: origin.weight,
      weightAfter: origin.weight,
      shareBefore: before[index] ?? 0,
      shareAfter: now[index] ?? 0,
    }));
    return [{ pool: pool.name, kind: "changed" as const, moved, origins }];
  });
  const { version } = snapshot;
  return { kind: "ok", overrides, plan: { fromVersion: version, toVersion: version, pools, otherParts: [] } };
}

function unknownTarget(snapshot: Snapshot, edit: OverrideEdit): string | undefined {
  if (edit.kind === "maintenance-cancel") return undefined;
  const pool = snapshot.config.pools.find(({ name }) => name === edit.pool);
  if (pool === undefined) {
    return `there is no pool "${edit.pool}"; there are: ${snapshot.config.pools.map(({ name }) => name).join(", ")}`;
  }
  const { origin } = edit;
  if (origin === undefined || pool.origins.some(({ name }) => name === origin)) return undefined;
  return `pool "${edit.pool}" has no origin "${origin}"; there are: ${pool.origins.map(({ name }) => name).join(", ")}`;
}
