/** What the body of a change may be: an edit of the configuration, of the origins' service or of a room, and why. */
import * as v from "valibot";
import { LANGUAGE_PATTERN } from "../config/schema/maintenance.ts";
import { MAX_USERS } from "../config/schema/rooms.ts";
import { hasControlCharacter } from "../config/schema/words.ts";

/** As in the file: a drain of at most a day, a text of at most 1,000 characters. */
const MAX_DRAIN_MS = 24 * 3_600_000;
const MAX_MESSAGE_LENGTH = 1000;
const MAX_LANGUAGES = 50;
/** The end of the year 9999: later times are typing errors, and some have no date. */
const MAX_TIME_MS = 253_402_300_799_999;

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const Time = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_TIME_MS));
const Force = v.optional(v.boolean(), false);
const Message = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(LANGUAGE_PATTERN)),
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(MAX_MESSAGE_LENGTH),
      v.check((text) => !hasControlCharacter(text), "no control characters"),
    ),
  ),
  v.minEntries(1),
  v.maxEntries(MAX_LANGUAGES),
);

const ConfigEdits = [
  v.strictObject({
    kind: v.literal("apply"),
    file: v.pipe(v.string(), v.maxLength(1024)),
    toml: v.string(),
  }),
  v.strictObject({
    kind: v.literal("weights"),
    pool: v.string(),
    weights: v.pipe(v.record(v.string(), v.number()), v.minEntries(1)),
  }),
  v.strictObject({ kind: v.literal("rollback"), version: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
] as const;

const OverrideEdits = [
  v.strictObject({
    kind: v.literal("drain"),
    pool: Name,
    origin: Name,
    untilMs: v.exactOptional(Time),
    force: Force,
  }),
  v.strictObject({ kind: v.literal("undrain"), pool: Name, origin: Name }),
  v.strictObject({
    kind: v.literal("maintenance-add"),
    pool: Name,
    origin: v.exactOptional(Name),
    startMs: Time,
    endMs: Time,
    drainMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_DRAIN_MS)), 0),
    message: v.exactOptional(Message),
    force: Force,
  }),
  v.strictObject({
    kind: v.literal("maintenance-cancel"),
    id: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  }),
] as const;

const RoomEdits = [
  v.strictObject({
    kind: v.literal("room"),
    room: Name,
    mode: v.exactOptional(v.picklist(["auto", "hold", "off"])),
    activeLimit: v.exactOptional(users(1)),
    admitPerMinute: v.exactOptional(users(0)),
  }),
  v.strictObject({ kind: v.literal("room-reset"), room: Name }),
] as const;

function users(least: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(MAX_USERS));
}

export const ChangeBody = v.strictObject({
  edit: v.variant("kind", [...ConfigEdits, ...OverrideEdits, ...RoomEdits]),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500)), ""),
  dryRun: v.optional(v.boolean(), false),
});
