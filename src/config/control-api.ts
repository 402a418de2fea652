/** What edges, operators and Control tell each other: plain data, and the methods of the Control object. */

import type { OriginState } from "../policy/availability.ts";
import type { Announcement, AnnouncementEdit } from "./announcements.ts";
import type { Actor } from "./audit-record.ts";
import type { ValueChange } from "./diff.ts";
import type { Edit } from "./edit.ts";
import type { EdgeReport, MonitorPlan, MonitorReport, Override, ProbeRecord } from "./health-report.ts";
import type { BucketView } from "./limiter-api.ts";
import type { ConfigProblem } from "./load.ts";
import type {
  Access,
  AuditAnswer,
  AuditPage,
  ConflictAnswer,
  ImportRequest,
  Login,
  NamedToken,
  PinAnswer,
  PinRequest,
  RefusedAnswer,
  RevokeRequest,
  SessionEndAnswer,
  SessionEndRequest,
  TokenAnswer,
  TokenRequest,
  WriteRequest,
} from "./operator-api.ts";
import type { OverrideEdit } from "./override-edit.ts";
import type { ChangePlan } from "./plan.ts";
import type { RoomEdit } from "./room-edit.ts";
import type { RoomStatus } from "./room-status.ts";
import type { SeriesAnswer, SeriesWindow } from "./series.ts";
import type { Snapshot } from "./snapshot.ts";
import type { WindowStatus } from "./window-list.ts";

/** The configuration file that a deployed Worker carries. */
export interface Bundle {
  /** SHA-256 of its text, hex. */
  readonly sha256: string;
  /** When the Worker was deployed, epoch milliseconds (version metadata); 0 when unknown. */
  readonly deployedAtMs: number;
}

export interface ExchangeRequest {
  /** The tag of the snapshot that the edge has, or "" for none. */
  readonly etag: string;
  readonly bundle: Bundle;
  /** A random name for the edge's lifetime; "" for one that reports nothing. */
  readonly edge: string;
  /** Origins that this edge has sent traffic to since its last report. */
  readonly reports: readonly EdgeReport[];
  /** Origins that did not answer this edge's last attempt, which a probe may clear. */
  readonly distrusts?: readonly Distrust[];
  /** What the edge has counted since its last report, by series as Prometheus writes it. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** No write goes there from this edge until a read or a probe that began later has succeeded. */
export interface Distrust {
  readonly pool: string;
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly failedAtMs: number;
}

/** A probe that an origin has passed since an edge's failure there. */
export interface Proof {
  readonly pool: string;
  readonly origin: string;
  /** When the probe began, epoch milliseconds. */
  readonly probedAtMs: number;
}

/** What every answer of Control's may bring. */
interface ExchangeNews {
  readonly proofs?: readonly Proof[];
  /** The least time until this edge asks again, milliseconds. A release before paces tells none. */
  readonly nextInMs?: number;
}

export type ExchangeAnswer =
  | ({ readonly kind: "unchanged" } & ExchangeNews)
  | ({ readonly kind: "snapshot"; readonly etag: string; readonly snapshot: Snapshot } & ExchangeNews)
  /** Control has not seen this bundle and wants its text. */
  | { readonly kind: "send-bundle" };

export type AnyEdit = Edit | OverrideEdit | RoomEdit | AnnouncementEdit;

export interface ChangeRequest extends WriteRequest {
  readonly edit: AnyEdit;
  /** Hosts that the edge is known to answer on, so that none of them is an origin. */
  readonly ownHosts: readonly string[];
}

export type ChangeAnswer =
  | { readonly kind: "planned"; readonly plan: ChangePlan; readonly diff: readonly ValueChange[] }
  | {
      readonly kind: "applied";
      readonly plan: ChangePlan;
      readonly diff: readonly ValueChange[];
      /** What is in force now: see `Status.tag`. */
      readonly tag: string;
    }
  | { readonly kind: "unchanged"; readonly version: number }
  | ConflictAnswer
  | { readonly kind: "no-such-version"; readonly version: number }
  /** It would leave users without a reachable origin, which `force` overrides, or there is nothing like it. */
  | RefusedAnswer
  /** Only an admin may do that. */
  | { readonly kind: "forbidden"; readonly reason: string }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

export interface Status {
  readonly version: number;
  /** `12.5`: version 12 with 5 writes to what is live since the beginning. What `If-Match` takes. */
  readonly tag: string;
  readonly pools: readonly {
    readonly name: string;
    /** `panic`: most of it is out, and reads are spread over all. `maintenance`: all of it is. */
    readonly kind: "normal" | "panic" | "maintenance";
    /** How often each vantage probes; absent where nobody does. */
    readonly healthIntervalMs?: number;
    /** Of 4,096: those that had another owner in the version before the one in force. */
    readonly slotsMoved: number;
    readonly origins: readonly {
      readonly name: string;
      readonly state: OriginState;
      /** Why, in a word. */
      readonly reason: string;
      readonly weight: number;
      readonly effectiveWeight: number;
      /** Share of the pool's users that live there, 0 to 1. */
      readonly share: number;
      /** Share of the pool's requests of the last 2 s, or up to 20 s for the last hundred; absent when there were none. */
      readonly measuredShare?: number;
      /** What each vantage's monitor saw last. */
      readonly probes: readonly {
        readonly vantage: string;
        readonly healthy: boolean;
        readonly ageMs: number;
        readonly status: number;
        readonly reason: string;
      }[];
    }[];
  }[];
  readonly rooms: readonly RoomStatus[];
  readonly limits: readonly LimitStatus[];
  /** Edges that Control has heard of in the last ten minutes. */
  readonly edges: readonly EdgeStatus[];
  /** Not over yet. */
  readonly announcements: readonly Announcement[];
  /** Drains and maintenance by command. */
  readonly overrides: readonly Override[];
  /** Maintenance of the file and by command: what is on and what comes next. */
  readonly windows: readonly WindowStatus[];
}

/** A limit as it is in force; `limits explain` looks into a user's bucket. */
export interface LimitStatus {
  readonly name: string;
  readonly key: string;
  readonly mode: "enforce" | "shadow";
  readonly capacity: number;
  readonly refill: number;
  readonly intervalMs: number;
  readonly store: "durable-object" | "upstash";
}

export interface EdgeStatus {
  readonly name: string;
  /** The version that it was given last. */
  readonly version: number;
  /** Whether it was given all that is in force now. One that serves nobody asks with its next request. */
  readonly follows: boolean;
  /** Since it was heard last. */
  readonly ageMs: number;
}

export interface VersionEntry {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly kind: "bundle" | "import" | Edit["kind"];
  readonly author: string;
  readonly reason: string;
}

/** A user's bucket of a limit, as operators see it. */
export interface ExplainedBucket {
  readonly limit: string;
  readonly mode: "enforce" | "shadow";
  /** What the name was taken for: `jwt`, `api-key`, `session`, `address`, `header`, `cookie`, or `everybody`. */
  readonly as: string;
  readonly capacity: number;
  readonly refill: number;
  readonly intervalMs: number;
  readonly store: "durable-object" | "upstash";
  /** Its name in the store, which tells nothing of its user. */
  readonly bucket: string;
  /** Undefined where the store was not asked, or did not answer. */
  readonly view: BucketView | undefined;
}

/** The Control object's methods, as edges and operators call them. */
export interface ControlApi {
  exchange(request: ExchangeRequest): Promise<ExchangeAnswer>;
  adopt(bundle: Bundle, toml: string): Promise<ExchangeAnswer>;
  change(request: ChangeRequest): Promise<ChangeAnswer>;
  status(): Promise<Status>;
  history(): Promise<readonly VersionEntry[]>;
  /** What differs between two versions; undefined when there is no such version. */
  diff(from: number, to: number): Promise<readonly ValueChange[] | undefined>;
  authorize(login: Login): Promise<Access>;
  tokens(): Promise<readonly NamedToken[]>;
  addToken(request: TokenRequest): Promise<TokenAnswer>;
  revokeToken(request: RevokeRequest): Promise<TokenAnswer>;
  /** Records in the order in which they were written. */
  audit(page: AuditPage): Promise<AuditAnswer>;
  endSession(request: SessionEndRequest): Promise<SessionEndAnswer>;
  /** Whether the leave may be given: it is on record then. */
  pin(request: PinRequest): Promise<PinAnswer>;
  exportState(actor: Actor): Promise<string>;
  importState(request: ImportRequest): Promise<ChangeAnswer>;
  /** The buckets that a user named in words could have, of every limit, and what those in Limiter objects hold. */
  explainLimits(user: string): Promise<readonly ExplainedBucket[]>;
  /** The sums of what all edges have counted, by series. */
  counters(): Promise<Readonly<Record<string, number>>>;
  /** The last hour or day, from the step that was open at `sinceMs` (epoch milliseconds). */
  series(window: SeriesWindow, sinceMs: number): Promise<SeriesAnswer>;
  probed(report: MonitorReport): Promise<void>;
  probes(pool: string): Promise<Readonly<Record<string, Readonly<Record<string, readonly ProbeRecord[]>>>>>;
}

/** The Monitor objects' methods, as Control calls them. */
export interface MonitorApi {
  /** Undefined stops it for good. */
  configure(plan: MonitorPlan | undefined): Promise<void>;
  /** By origin, newest first. */
  records(): Promise<Readonly<Record<string, readonly ProbeRecord[]>>>;
}
