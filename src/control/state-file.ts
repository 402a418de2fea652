/** Writes the whole control state as one text, works out what such a text would change, and takes it. */
import {
  MAX_AUDIT_CHARACTERS,
  MAX_VERSION_CHARACTERS,
  readState,
  type State,
} from "../config/admin/state-file.ts";
import type { Announcement } from "../config/announcements.ts";
import type { ChangeAnswer } from "../config/control-api.ts";
import { diffData, type ValueChange } from "../config/diff.ts";
import type { Override } from "../config/health-report.ts";
import { announcementsView, holdersView, overridesView } from "../config/live-view.ts";
import { type ConfigSource, checkConfig, type LoadOptions } from "../config/load.ts";
import type { ImportRequest } from "../config/operator-api.ts";
import { type ChangePlan, planChange } from "../config/plan.ts";
import { decodeSlots } from "../config/slots-codec.ts";
import { firstSnapshot } from "../config/snapshot.ts";
import type { AuditStore } from "./audit-store.ts";
import type { OverrideStore } from "./override-store.ts";
import type { StoredToken, TokenStore } from "./token-store.ts";
import type { StoredVersion, VersionStore } from "./version-store.ts";

export interface Stores {
  readonly versions: VersionStore;
  readonly live: OverrideStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
}

export function stateText({ versions, live, tokens, audit }: Stores, nowMs: number): string {
  const { rows, omitted } = versions.rows(MAX_VERSION_CHARACTERS);
  const { records, omitted: omittedAudit } = audit.newest(MAX_AUDIT_CHARACTERS);
  const state = {
    format: "tidegate-state",
    formatVersion: 1,
    exportedAt: new Date(nowMs).toISOString(),
    versions: rows,
    omittedVersions: omitted,
    revision: live.revision(),
    overrides: live.overrides(),
    highestOverride: live.highestId(),
    rooms: live.rooms(),
    announcements: live.announcements(),
    highestAnnouncement: live.highestAnnouncement(),
    tokens: tokens.all(),
    omittedAudit,
    audit: records,
  };
  return JSON.stringify(state satisfies Record<keyof State, unknown>);
}

export type WorkedOutImport =
  | {
      readonly kind: "import";
      readonly state: State;
      /** The file's newest version under a number that neither side has used. */
      readonly stored: StoredVersion;
      readonly plan: ChangePlan;
      readonly diff: readonly ValueChange[];
    }
  | { readonly kind: "answer"; readonly answer: ChangeAnswer };

export function workOutImport(
  { state: text }: ImportRequest,
  current: StoredVersion | undefined,
  stores: Stores,
  checks: Omit<LoadOptions, "file">,
): WorkedOutImport {
  const read = readState(text, checks);
  if (read.kind !== "ok") return { kind: "answer", answer: read };
  const { state } = read;
  const contradiction = stores.audit.contradiction(state.audit);
  if (contradiction !== undefined)
    return { kind: "answer", answer: { kind: "refused", reason: contradiction } };
  const newest = state.versions[0];
  const source = JSON.parse(newest?.source ?? "null") as ConfigSource;
  const loaded = checkConfig(source, { ...checks, file: "(import)" });
  if (newest === undefined || loaded.kind === "invalid")
    return { kind: "answer", answer: { kind: "refused", reason: "it has no version that can be in force" } };
  const version = Math.max(stores.versions.nextVersion(), newest.version + 1);
  const snapshot = { ...firstSnapshot(loaded.config, version), slots: decodeSlots(newest.slots) };
  const plan =
    current === undefined
      ? { fromVersion: 0, toVersion: version, pools: [], otherParts: [] }
      : planChange(current.snapshot, snapshot);
  const diff = diffData(stateView(current?.source, liveOf(stores)), stateView(source, state));
  return { kind: "import", state, stored: { source, snapshot }, plan, diff };
}

export function takeState(state: State, { versions, live, tokens, audit }: Stores): void {
  versions.replace(state.versions);
  // Numbers are never given twice, on either side.
  live.setOverrides(state.overrides);
  live.raiseIds(state.highestOverride, state.highestAnnouncement);
  live.setRooms(state.rooms);
  live.setAnnouncements(state.announcements);
  live.countWrite(state.revision);
  tokens.replace(state.tokens);
  audit.merge(state.audit);
}

interface Live {
  readonly overrides: readonly Override[];
  readonly rooms: unknown;
  readonly announcements: readonly Announcement[];
  readonly tokens: readonly StoredToken[];
}

function liveOf({ live, tokens }: Stores) {
  return {
    overrides: live.overrides(),
    rooms: live.rooms(),
    announcements: live.announcements(),
    tokens: tokens.all(),
  };
}

/** What an operator wants to see of a state: of tokens, whose they are. */
function stateView(source: ConfigSource | undefined, { overrides, rooms, announcements, tokens }: Live) {
  return {
    config: source ?? {},
    live: {
      overrides: overridesView(overrides),
      rooms,
      announcements: announcementsView(announcements),
      holders: holdersView(tokens),
    },
  };
}
