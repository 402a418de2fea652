/** Decides what a configuration is: the one source of its types, validation, JSON Schema and reference page. */
import * as v from "valibot";
import { Admin as AdminSchema } from "./schema/admin.ts";
import { Alerts as AlertsSchema } from "./schema/alerts.ts";
import { Edge as EdgeSchema } from "./schema/edge.ts";
import { Identity as IdentitySchema } from "./schema/identity.ts";
import { Limiter as LimiterSchema, Limit as LimitSchema, MAX_LIMITS } from "./schema/limits.ts";
import { Logs as LogsSchema } from "./schema/logs.ts";
import { MAX_WINDOWS, MaintenanceWindow as MaintenanceSchema } from "./schema/maintenance.ts";
import { Page as PageSchema } from "./schema/page.ts";
import { MAX_POOLS, Pool as PoolSchema } from "./schema/pools.ts";
import { MAX_ROOMS, Room as RoomSchema } from "./schema/rooms.ts";
import { Routes } from "./schema/routes.ts";
import { list, table } from "./schema/words.ts";

export type { LimitKey } from "./schema/limits.ts";
export type { OnceWindow, WeeklyWindow } from "./schema/maintenance.ts";
export type { StatusRange } from "./schema/statuses.ts";
export type { EpochMilliseconds, Milliseconds } from "./schema/units.ts";
export type { Weekday } from "./schema/weekly.ts";

export const ConfigSchema = table(
  {
    edge: v.optional(v.pipe(EdgeSchema, v.description("The edge itself.")), {}),
    pools: v.pipe(
      list(PoolSchema, 1, MAX_POOLS, "pools ([[pools]])"),
      v.description("The origins that can serve the same traffic."),
    ),
    routes: Routes,
    limits: v.optional(
      v.pipe(list(LimitSchema, 0, MAX_LIMITS, "limits ([[limits]])"), v.description("Token buckets.")),
      [],
    ),
    limiter: v.optional(v.pipe(LimiterSchema, v.description("Where the buckets of limits live.")), {}),
    rooms: v.optional(
      v.pipe(list(RoomSchema, 0, MAX_ROOMS, "rooms ([[rooms]])"), v.description("Waiting rooms.")),
      [],
    ),
    maintenance: v.optional(
      v.pipe(
        list(MaintenanceSchema, 0, MAX_WINDOWS, "windows ([[maintenance]])"),
        v.description("Times in which an origin or a whole pool serves nobody."),
      ),
      [],
    ),
    page: v.optional(
      v.pipe(
        PageSchema,
        v.description("What people see: name, colours, links and words on the edge's own pages."),
      ),
      {},
    ),
    identity: v.optional(
      v.pipe(
        IdentitySchema,
        v.description(
          'Who "user" is: the first of these that holds, else the client\'s address (IPv6: its /64).',
        ),
      ),
      {},
    ),
    admin: v.optional(
      v.pipe(AdminSchema, v.description("Who may operate the edge, beside holders of tokens.")),
      {},
    ),
    logs: v.optional(v.pipe(LogsSchema, v.description("What the edge writes down of requests.")), {}),
    alerts: v.optional(v.pipe(AlertsSchema, v.description("Who is told when a state changes.")), {}),
  },
  "a table",
);

/** A checked configuration: defaults filled in, durations in milliseconds, times in epoch milliseconds. */
export type Config = v.InferOutput<typeof ConfigSchema>;
/** The same as written in the file: plain, JSON-serialisable data before defaults and transforms. */
export type ConfigSource = v.InferInput<typeof ConfigSchema>;
export type Edge = Config["edge"];
export type Pool = Config["pools"][number];
export type Origin = Pool["origins"][number];
export type Health = NonNullable<Pool["health"]>;
export type Ejection = Pool["ejection"];
export type SlowStart = Pool["slow_start"];
export type Retry = Pool["retry"];
export type Hedge = Pool["hedge"];
export type Route = Config["routes"][number];
export type Limit = Config["limits"][number];
export type Limiter = Config["limiter"];
export type Room = Config["rooms"][number];
export type MaintenanceWindow = Config["maintenance"][number];
export type Page = Config["page"];
export type Identity = Config["identity"];
export type Admin = Config["admin"];
export type Logs = Config["logs"];
export type Alerts = Config["alerts"];
