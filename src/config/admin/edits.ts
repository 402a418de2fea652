/** Decides what a program may ask to change: bodies of writes, one schema for checks, types and the OpenAPI document. */
import * as v from "valibot";
import { MAX_PIN_MINUTES } from "../pin-token.ts";
import { MAX_USERS } from "../schema/rooms.ts";
import { LANGUAGE_PATTERN } from "../schema/said.ts";
import { hasControlCharacter, NAME_PATTERN } from "../schema/words.ts";

/** As in the file: a drain of at most a day, a text of at most 1,000 characters. */
const MAX_DRAIN_MS = 24 * 3_600_000;
const MAX_MESSAGE_LENGTH = 1000;
const MAX_LANGUAGES = 50;
const MAX_REASON_LENGTH = 500;
/** The end of the year 9999: later times are typing errors, and some have no date. */
const MAX_TIME_MS = 253_402_300_799_999;

export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];
export const RoleWord = v.picklist(ROLES);

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const Time = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(MAX_TIME_MS),
  v.description("Epoch milliseconds."),
);
const Force = v.optional(v.boolean(), false);
const Id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** Language tag to text. */
const Texts = v.pipe(
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
  v.description("What people read, by language tag. Plain text."),
);

/** Whether one is needed depends on `dryRun`; a write without it is answered 422. */
const Reason = v.pipe(
  v.optional(
    v.pipe(
      v.string(),
      v.maxLength(MAX_REASON_LENGTH),
      v.check((text) => !hasControlCharacter(text), "no control characters"),
    ),
    "",
  ),
  v.description("Why, in words, for the audit. Required, but for a dry run."),
);
const DryRun = v.pipe(
  v.optional(v.boolean(), false),
  v.description("True tells what would change, and changes nothing."),
);

const users = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(MAX_USERS));

const OrdinaryEdit = v.variant("kind", [
  v.strictObject({
    kind: v.literal("weights"),
    pool: v.string(),
    weights: v.pipe(v.record(v.string(), v.number()), v.minEntries(1)),
  }),
  v.strictObject({ kind: v.literal("rollback"), version: Id }),
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
    message: v.exactOptional(Texts),
    force: Force,
  }),
  v.strictObject({ kind: v.literal("maintenance-cancel"), id: Id }),
  v.strictObject({
    kind: v.literal("room"),
    room: Name,
    mode: v.exactOptional(v.picklist(["auto", "hold", "off"])),
    activeLimit: v.exactOptional(users(1)),
    admitPerMinute: v.exactOptional(users(0)),
  }),
  v.strictObject({ kind: v.literal("room-reset"), room: Name }),
  v.strictObject({ kind: v.literal("announce"), text: Texts, startMs: Time, endMs: Time }),
  v.strictObject({ kind: v.literal("announce-cancel"), id: Id }),
]);

/** Every write but those that carry whole files. */
export const ChangeBody = v.strictObject({ edit: OrdinaryEdit, reason: Reason, dryRun: DryRun });

export const ApplyBody = v.strictObject({
  file: v.pipe(v.string(), v.maxLength(1024), v.description("Its name, for messages.")),
  toml: v.pipe(v.string(), v.description("Its text.")),
  reason: Reason,
  dryRun: DryRun,
});

export const ImportBody = v.strictObject({
  state: v.pipe(v.string(), v.description("The text of the file that an export wrote.")),
  reason: Reason,
  dryRun: DryRun,
});

export const SessionEndBody = v.strictObject({
  room: Name,
  /** One of the two. */
  pass: v.pipe(v.exactOptional(v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/))), v.description("A pass id.")),
  user: v.pipe(
    v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
    v.description("What names the user in a token or API key; or the pass id is given, not both."),
  ),
  reason: Reason,
  dryRun: DryRun,
});

export const TokenAddBody = v.strictObject({
  name: v.pipe(v.string(), v.regex(NAME_PATTERN)),
  role: RoleWord,
  expiresAtMs: v.exactOptional(Time),
  reason: Reason,
  dryRun: DryRun,
});

export const TokenRevokeBody = v.strictObject({ name: v.string(), reason: Reason, dryRun: DryRun });

export const PinBody = v.strictObject({
  pool: v.string(),
  origin: v.string(),
  minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PIN_MINUTES)),
  reason: Reason,
  dryRun: DryRun,
});

/** A user's name is no part of a URL, which logs keep. */
export const ExplainBody = v.strictObject({ user: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)) });

export { Texts };
