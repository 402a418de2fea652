/** What a file with the whole control state holds, and whether a text is one: backup and disaster recovery. */
import * as v from "valibot";
import type { AuditRecord } from "../audit-record.ts";
import { verifyChains } from "../audit-record.ts";
import { type ConfigProblem, checkConfig, type LoadOptions } from "../load.ts";
import { decodeSlots } from "../slots-codec.ts";
import { RoleWord, Texts } from "./edits.ts";

/**
 * A Worker has 128 MB for a text, its parsed form and its copies; a message between objects may have 32 MiB. A file of
 * 200 versions of a usual configuration is about 2 MB.
 */
export const MAX_STATE_BYTES = 16 * 1024 * 1024;
/** Left for the newest versions beside the audit; older ones are left out, and the file says how many. */
export const MAX_VERSION_CHARACTERS = 6 * 1024 * 1024;
/** Of the audit, likewise: a flood of failed logins must not make a backup that cannot be taken back. */
export const MAX_AUDIT_CHARACTERS = 6 * 1024 * 1024;

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Word = v.pipe(v.string(), v.maxLength(1024));

const StateVersionSchema = v.strictObject({
  version: v.pipe(Count, v.minValue(1)),
  atMs: Count,
  kind: v.picklist(["bundle", "import", "apply", "weights", "rollback"]),
  author: Word,
  reason: Word,
  /** The configuration as JSON. */
  source: v.string(),
  /** Who owned which slot. */
  slots: v.string(),
});
export type StateVersion = v.InferOutput<typeof StateVersionSchema>;

const OverrideSchema = v.strictObject({
  id: Count,
  kind: v.picklist(["drain", "maintenance"]),
  pool: Word,
  origin: v.exactOptional(Word),
  startMs: Count,
  endMs: v.exactOptional(Count),
  drainMs: Count,
  message: v.exactOptional(Texts),
});

const TokenSchema = v.strictObject({
  name: Word,
  role: RoleWord,
  id: Word,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  createdAtMs: Count,
  createdBy: Word,
  expiresAtMs: v.exactOptional(Count),
  revokedAtMs: v.exactOptional(Count),
  usedAtMs: v.exactOptional(Count),
});

const StateSchema = v.strictObject({
  format: v.literal("tidegate-state"),
  formatVersion: v.literal(1),
  exportedAt: v.string(),
  /** Newest first. */
  versions: v.pipe(v.array(StateVersionSchema), v.minLength(1), v.maxLength(100_000)),
  omittedVersions: Count,
  revision: Count,
  overrides: v.pipe(v.array(OverrideSchema), v.maxLength(1_000)),
  highestOverride: Count,
  rooms: v.record(
    Word,
    v.strictObject({
      mode: v.exactOptional(v.picklist(["auto", "hold", "off"])),
      activeLimit: v.exactOptional(Count),
      admitPerMinute: v.exactOptional(Count),
    }),
  ),
  announcements: v.pipe(
    v.array(v.strictObject({ id: Count, text: Texts, startMs: Count, endMs: Count })),
    v.maxLength(1_000),
  ),
  highestAnnouncement: Count,
  tokens: v.pipe(v.array(TokenSchema), v.maxLength(1_000)),
  /** Records that were older than those that fitted; files of a release before have all. */
  omittedAudit: v.optional(Count, 0),
  /** In the order in which they were written; their own chain of hashes checks them. */
  audit: v.array(v.record(v.string(), v.unknown())),
});
export type State = Omit<v.InferOutput<typeof StateSchema>, "audit"> & {
  readonly audit: readonly AuditRecord[];
};

export type ReadState =
  | { readonly kind: "ok"; readonly state: State }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/** Everything is looked at before anything is believed: form, the audit's chains, every version's slots, the newest's rules. */
export function readState(text: string, options: Omit<LoadOptions, "file">): ReadState {
  const parsed = v.safeParse(StateSchema, parse(text));
  if (!parsed.success) return refused(`it is no state file: ${firstIssue(parsed.issues)}`);
  const state = parsed.output as unknown as State;
  const chains = verifyChains(state.audit, { mayBeginLater: state.omittedAudit > 0 });
  if (chains.kind === "broken") return refused(`its audit is not whole: ${chains.at}: ${chains.why}`);
  const [newest] = state.versions;
  const isFalling = state.versions.every(
    ({ version }, index) => index === 0 || version < (state.versions[index - 1]?.version ?? 0),
  );
  if (newest === undefined || !isFalling) return refused("its versions are not in order, newest first");
  for (const version of state.versions) {
    const why = unreadable(version);
    if (why !== undefined) return refused(`its version ${version.version} cannot be read: ${why}`);
  }
  const checked = checkConfig(JSON.parse(newest.source), { ...options, file: `(version ${newest.version})` });
  if (checked.kind === "invalid") return { kind: "invalid", problems: checked.problems };
  const pools = new Set(Object.keys(decodeSlots(newest.slots)));
  const lost = checked.config.pools.find(({ name }) => !pools.has(name));
  return lost === undefined ? { kind: "ok", state } : refused(`it has no slots for pool ${lost.name}`);
}

function unreadable({ source, slots }: StateVersion): string | undefined {
  try {
    JSON.parse(source);
    decodeSlots(slots);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : "unknown";
  }
}

function firstIssue(issues: readonly v.BaseIssue<unknown>[]): string {
  const [issue] = issues;
  return issue === undefined ? "" : `${v.getDotPath(issue) ?? "the file"}: ${issue.message}`.slice(0, 300);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(reason: string): ReadState {
  return { kind: "refused", reason };
}
