/** Works out what a write would do: the state after it, its plan and its diff, or why it is refused. Changes nothing. */
import {
  type Announcement,
  type AnnouncementEdit,
  editAnnouncements,
  isAnnouncementEdit,
} from "../config/announcements.ts";
import type { AnyEdit, ChangeAnswer } from "../config/control-api.ts";
import { diffData, type ValueChange } from "../config/diff.ts";
import { type Edit, editConfig } from "../config/edit.ts";
import type { Override } from "../config/health-report.ts";
import { announcementsView, overridesView } from "../config/live-view.ts";
import type { LoadOptions } from "../config/load.ts";
import { editOverrides, isOverrideEdit } from "../config/override-edit.ts";
import { type ChangePlan, isEmptyPlan, planChange } from "../config/plan.ts";
import { editRoom, isRoomEdit } from "../config/room-edit.ts";
import type { RoomOverrides } from "../config/room-override.ts";
import { nextSnapshot, type Snapshot } from "../config/snapshot.ts";
import type { OverrideStore } from "./override-store.ts";
import type { StoredVersion, VersionStore } from "./version-store.ts";

/** What is to be kept when a change is applied. */
export type Outcome =
  | { readonly kind: "version"; readonly stored: StoredVersion }
  | { readonly kind: "overrides"; readonly overrides: readonly Override[] }
  | { readonly kind: "rooms"; readonly rooms: RoomOverrides }
  | { readonly kind: "announcements"; readonly announcements: readonly Announcement[] };

export type WorkedOut =
  | {
      readonly kind: "change";
      readonly outcome: Outcome;
      readonly plan: ChangePlan;
      readonly diff: readonly ValueChange[];
    }
  | { readonly kind: "answer"; readonly answer: ChangeAnswer };

export interface Before {
  readonly current: StoredVersion;
  /** The version in force with everything that is live. */
  readonly snapshot: Snapshot;
  readonly versions: VersionStore;
  readonly live: OverrideStore;
  readonly checks: Omit<LoadOptions, "file">;
  readonly nowMs: number;
}

export function workOut(edit: AnyEdit, before: Before): WorkedOut {
  const { snapshot, live, nowMs } = before;
  if (isOverrideEdit(edit)) {
    const edited = editOverrides(snapshot, edit, nowMs, live.highestId());
    if (edited.kind === "refused") return answered(edited);
    const { overrides, plan } = edited;
    const diff = diffData(
      { overrides: overridesView(snapshot.overrides) },
      { overrides: overridesView(overrides) },
    );
    return { kind: "change", outcome: { kind: "overrides", overrides }, plan, diff };
  }
  if (isRoomEdit(edit)) {
    const edited = editRoom(snapshot, edit, nowMs);
    if (edited.kind === "refused") return answered(edited);
    if (edited.kind === "unchanged") return answered({ kind: "unchanged", version: snapshot.version });
    const { rooms, plan } = edited;
    const diff = diffData({ rooms: snapshot.rooms }, { rooms });
    return { kind: "change", outcome: { kind: "rooms", rooms }, plan, diff };
  }
  if (isAnnouncementEdit(edit)) return announced(edit, before);
  return versioned(edit, before);
}

function announced(edit: AnnouncementEdit, { snapshot, live, nowMs }: Before): WorkedOut {
  const highestId = live.highestAnnouncement();
  const edited = editAnnouncements(snapshot.announcements, edit, nowMs, highestId);
  if (edited.kind === "refused") return answered(edited);
  const { announcements } = edited;
  const { version } = snapshot;
  const plan = { fromVersion: version, toVersion: version, pools: [], otherParts: [] };
  const diff = diffData(
    { announcements: announcementsView(snapshot.announcements) },
    { announcements: announcementsView(announcements) },
  );
  return { kind: "change", outcome: { kind: "announcements", announcements }, plan, diff };
}

function versioned(edit: Edit, { current, versions, checks }: Before): WorkedOut {
  const version = versions.nextVersion();
  if (edit.kind === "rollback") {
    const home = versions.get(edit.version);
    if (home === undefined) return answered({ kind: "no-such-version", version: edit.version });
    const snapshot = nextSnapshot(current.snapshot, home.snapshot.config, version, home.snapshot);
    return toVersion(current, { source: home.source, snapshot });
  }
  const loaded = editConfig(current.source, edit, checks);
  if (loaded.kind === "invalid") return answered({ kind: "invalid", problems: loaded.problems });
  const snapshot = nextSnapshot(current.snapshot, loaded.config, version);
  return toVersion(current, { source: loaded.source, snapshot });
}

function toVersion(current: StoredVersion, stored: StoredVersion): WorkedOut {
  const plan = planChange(current.snapshot, stored.snapshot);
  if (isEmptyPlan(plan)) return answered({ kind: "unchanged", version: current.snapshot.version });
  const diff = diffData(current.source, stored.source);
  return { kind: "change", outcome: { kind: "version", stored }, plan, diff };
}

function answered(answer: ChangeAnswer): WorkedOut {
  return { kind: "answer", answer };
}

/** What a write was done to, in words. */
export function targetOf(edit: AnyEdit): string {
  switch (edit.kind) {
    case "apply":
      return edit.file;
    case "weights":
      return edit.pool;
    case "rollback":
      return `version ${edit.version}`;
    case "drain":
    case "undrain":
      return `${edit.pool}/${edit.origin}`;
    case "maintenance-add":
      return edit.origin === undefined ? edit.pool : `${edit.pool}/${edit.origin}`;
    case "maintenance-cancel":
    case "announce-cancel":
      return String(edit.id);
    case "room":
    case "room-reset":
      return edit.room;
    case "announce":
      return "";
  }
}
