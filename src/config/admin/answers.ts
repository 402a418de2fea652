/** Decides what the operators' API answers with, for the OpenAPI document and the typed client. */
import * as v from "valibot";
import { ORIGIN_STATES } from "../../policy/availability.ts";
import { RoleWord } from "./edits.ts";

const Ms = v.pipe(v.number(), v.description("Epoch milliseconds."));
const Share = v.pipe(v.number(), v.description("0 to 1."));
const Texts = v.record(v.string(), v.string());
const Mode = v.picklist(["auto", "hold", "off"]);

export const ErrorAnswer = v.looseObject({ error: v.string() });

const OverrideSchema = v.strictObject({
  id: v.number(),
  kind: v.picklist(["drain", "maintenance"]),
  pool: v.string(),
  origin: v.exactOptional(v.string()),
  startMs: Ms,
  endMs: v.exactOptional(Ms),
  drainMs: v.number(),
  message: v.exactOptional(Texts),
});

const RoomOverrideSchema = v.strictObject({
  mode: v.exactOptional(Mode),
  activeLimit: v.exactOptional(v.number()),
  admitPerMinute: v.exactOptional(v.number()),
});

const WindowSchema = v.strictObject({
  source: v.picklist(["file", "command"]),
  id: v.exactOptional(v.number()),
  pool: v.string(),
  origin: v.exactOptional(v.string()),
  state: v.picklist(["planned", "draining", "active"]),
  startMs: Ms,
  endMs: Ms,
  drainMs: v.number(),
  weekly: v.exactOptional(v.strictObject({ minuteOfWeek: v.number(), zone: v.string() })),
  message: v.exactOptional(Texts),
});

const OriginSchema = v.strictObject({
  name: v.string(),
  state: v.picklist(ORIGIN_STATES),
  reason: v.string(),
  weight: v.number(),
  effectiveWeight: v.number(),
  share: Share,
  measuredShare: v.exactOptional(
    v.pipe(
      Share,
      v.description(
        "Of the requests of the last 2 s, or up to 20 s for the last hundred; absent when there were none.",
      ),
    ),
  ),
  probes: v.array(
    v.strictObject({
      vantage: v.string(),
      healthy: v.boolean(),
      ageMs: v.number(),
      status: v.number(),
      reason: v.string(),
    }),
  ),
});

const RoomSchema = v.strictObject({
  name: v.string(),
  mode: Mode,
  waiting: v.number(),
  active: v.number(),
  leased: v.number(),
  limit: v.number(),
  admitPerMinute: v.number(),
  reachable: Share,
  event: v.exactOptional(v.strictObject({ name: v.string(), phase: v.picklist(["prequeue", "running"]) })),
  override: v.exactOptional(RoomOverrideSchema),
  reason: v.exactOptional(v.string()),
});

const AnnouncementSchema = v.strictObject({ id: v.number(), text: Texts, startMs: Ms, endMs: Ms });

export const StatusAnswer = v.strictObject({
  version: v.number(),
  tag: v.pipe(
    v.string(),
    v.description("What `If-Match` takes: the version, a dot, the count of live writes."),
  ),
  pools: v.array(
    v.strictObject({
      name: v.string(),
      kind: v.picklist(["normal", "panic", "maintenance"]),
      healthIntervalMs: v.exactOptional(v.number()),
      slotsMoved: v.pipe(v.number(), v.description("Of 4,096, with the version in force.")),
      origins: v.array(OriginSchema),
    }),
  ),
  rooms: v.array(RoomSchema),
  limits: v.array(
    v.strictObject({
      name: v.string(),
      key: v.string(),
      mode: v.picklist(["enforce", "shadow"]),
      capacity: v.number(),
      refill: v.number(),
      intervalMs: v.number(),
      store: v.picklist(["durable-object", "upstash"]),
    }),
  ),
  edges: v.array(
    v.strictObject({ name: v.string(), version: v.number(), follows: v.boolean(), ageMs: v.number() }),
  ),
  announcements: v.array(AnnouncementSchema),
  overrides: v.array(OverrideSchema),
  windows: v.array(WindowSchema),
});

const Figures = v.record(v.string(), v.number());

export const SeriesAnswer = v.strictObject({
  nowMs: Ms,
  stepMs: v.number(),
  steps: v.array(
    v.strictObject({
      startMs: Ms,
      counts: v.pipe(Figures, v.description("Sums over the step, by a word and labels.")),
      levels: v.pipe(Figures, v.description("The last values in the step.")),
    }),
  ),
  events: v.array(
    v.strictObject({
      atMs: Ms,
      pool: v.string(),
      origin: v.string(),
      state: v.picklist(ORIGIN_STATES),
      reason: v.string(),
    }),
  ),
});

export const HistoryAnswer = v.array(
  v.strictObject({
    version: v.number(),
    atMs: Ms,
    kind: v.picklist(["bundle", "import", "apply", "weights", "rollback"]),
    author: v.string(),
    reason: v.string(),
  }),
);

const Scalar = v.nullable(v.union([v.string(), v.number(), v.boolean()]));
const ValueChangeSchema = v.strictObject({
  path: v.string(),
  before: v.exactOptional(Scalar),
  after: v.exactOptional(Scalar),
});
const Diff = v.array(ValueChangeSchema);

export const DiffAnswer = v.strictObject({ from: v.number(), to: v.number(), diff: Diff });

const ActorSchema = v.strictObject({
  name: v.string(),
  role: v.picklist(["viewer", "operator", "admin", "none"]),
  via: v.picklist(["secret", "token", "access", "none"]),
  address: v.string(),
});
export const MeAnswer = ActorSchema;

export const AuditPageAnswer = v.strictObject({
  records: v.array(
    v.strictObject({
      chain: v.string(),
      seq: v.number(),
      at: v.string(),
      actor: ActorSchema,
      action: v.string(),
      target: v.string(),
      reason: v.string(),
      fromVersion: v.number(),
      toVersion: v.number(),
      changes: Diff,
      previous: v.string(),
      hash: v.string(),
    }),
  ),
  last: v.number(),
  hasMore: v.boolean(),
});

const RoomInForceSchema = v.strictObject({ mode: Mode, activeLimit: v.number(), admitPerMinute: v.number() });

const PlanSchema = v.strictObject({
  fromVersion: v.number(),
  toVersion: v.number(),
  pools: v.array(
    v.strictObject({
      pool: v.string(),
      kind: v.picklist(["added", "removed", "changed"]),
      moved: Share,
      origins: v.array(
        v.strictObject({
          origin: v.string(),
          weightBefore: v.exactOptional(v.number()),
          weightAfter: v.exactOptional(v.number()),
          shareBefore: Share,
          shareAfter: Share,
        }),
      ),
    }),
  ),
  otherParts: v.array(v.string()),
  rooms: v.exactOptional(
    v.array(
      v.strictObject({
        room: v.string(),
        before: v.exactOptional(RoomInForceSchema),
        after: v.exactOptional(RoomInForceSchema),
      }),
    ),
  ),
});

const ProblemSchema = v.strictObject({
  code: v.string(),
  file: v.string(),
  line: v.number(),
  column: v.number(),
  key: v.string(),
  found: v.string(),
  expected: v.string(),
  message: v.string(),
});

const Conflict = v.strictObject({ kind: v.literal("conflict"), version: v.number() });
const Refused = v.strictObject({ kind: v.literal("refused"), reason: v.string() });

export const WriteAnswer = v.variant("kind", [
  v.strictObject({ kind: v.literal("planned"), plan: PlanSchema, diff: Diff }),
  v.strictObject({ kind: v.literal("applied"), plan: PlanSchema, diff: Diff, tag: v.string() }),
  v.strictObject({ kind: v.literal("unchanged"), version: v.number() }),
  Conflict,
  v.strictObject({ kind: v.literal("no-such-version"), version: v.number() }),
  Refused,
  v.strictObject({ kind: v.literal("forbidden"), reason: v.string() }),
  v.strictObject({ kind: v.literal("invalid"), problems: v.array(ProblemSchema) }),
]);

const TokenSchema = v.strictObject({
  name: v.string(),
  role: RoleWord,
  id: v.string(),
  createdAtMs: Ms,
  createdBy: v.string(),
  expiresAtMs: v.exactOptional(Ms),
  revokedAtMs: v.exactOptional(Ms),
  usedAtMs: v.exactOptional(Ms),
});
export const TokensAnswer = v.array(TokenSchema);

/** Of a write that makes no version. */
const deed = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.variant("kind", [
    v.strictObject({ kind: v.literal("planned"), diff: Diff }),
    v.strictObject({ kind: v.literal("applied"), diff: Diff, tag: v.string(), ...entries }),
    Conflict,
    Refused,
  ]);

export const TokenAddAnswer = deed({
  token: TokenSchema,
  secret: v.pipe(v.string(), v.description("The token itself. It is shown this once.")),
});
export const TokenRevokeAnswer = deed({ token: TokenSchema });
export const SessionEndAnswer = deed({ was: v.picklist(["active", "unknown"]) });
export const PinAnswer = deed({ header: v.string(), value: v.string(), expiresAtMs: Ms });

export const ProbesAnswer = v.record(
  v.string(),
  v.record(
    v.string(),
    v.array(
      v.strictObject({
        atMs: Ms,
        passed: v.boolean(),
        status: v.number(),
        reason: v.string(),
        durationMs: v.number(),
      }),
    ),
  ),
);

export const ExplainAnswer = v.array(
  v.strictObject({
    limit: v.string(),
    mode: v.picklist(["enforce", "shadow"]),
    as: v.string(),
    capacity: v.number(),
    refill: v.number(),
    intervalMs: v.number(),
    store: v.picklist(["durable-object", "upstash"]),
    bucket: v.string(),
    view: v.exactOptional(
      v.strictObject({
        level: v.number(),
        held: v.exactOptional(v.number()),
        denials: v.array(
          v.strictObject({ atMs: Ms, need: v.number(), level: v.number(), earlier: v.number() }),
        ),
      }),
    ),
  }),
);

/** The whole state; `import` takes it back as a text. */
export const StateAnswer = v.looseObject({
  format: v.literal("tidegate-state"),
  formatVersion: v.literal(1),
});
