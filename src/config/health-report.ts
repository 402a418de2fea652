/** What edges, monitors and Control tell each other about origins: plain data. */
import type { Ejection } from "../policy/ejection.ts";
import type { LiveStats } from "../policy/outlier.ts";
import type { Majority, ReportedCapacity } from "../policy/probe-health.ts";

/** What Control knows of one origin, for every edge. */
export interface OriginHealth {
  readonly probes: Majority;
  readonly capacity: ReportedCapacity | undefined;
  readonly ejection: Ejection;
}

/** By pool, then origin. What is not there is healthy. */
export type PoolsHealth = Readonly<Record<string, Readonly<Record<string, OriginHealth>>>>;

/** An operator's word that takes an origin, or a pool, out of service for a time; not part of the file. */
export interface Override {
  readonly id: number;
  readonly kind: "drain" | "maintenance";
  readonly pool: string;
  /** Absent: the whole pool (maintenance only). */
  readonly origin?: string;
  /** Epoch milliseconds. A drain begins at once. */
  readonly startMs: number;
  /** A drain: when the last user leaves. Maintenance: its end. Absent: until it is taken back. */
  readonly endMs?: number;
  /** Maintenance: so long before the start no new users go there. */
  readonly drainMs: number;
  /** Language tag to text. */
  readonly message?: Readonly<Record<string, string>>;
}

/** One edge's live traffic at one origin. */
export interface EdgeReport {
  readonly pool: string;
  readonly origin: string;
  readonly stats: LiveStats;
  /** Reads on trial that ended since the last report. */
  readonly tried: { readonly successes: number; readonly failures: number };
}

/** One probe, as it is kept for operators. */
export interface ProbeRecord {
  readonly atMs: number;
  readonly passed: boolean;
  /** HTTP status, or 0 without an answer. */
  readonly status: number;
  readonly reason: string;
  readonly durationMs: number;
}

/** A monitor's word on one origin after a probe. */
export interface MonitorReport {
  readonly pool: string;
  readonly vantage: string;
  readonly origin: string;
  readonly healthy: boolean;
  readonly capacity: ReportedCapacity | undefined;
  readonly record: ProbeRecord;
}

/** What a monitor is to do: everything it needs, so that it goes on when Control cannot be reached. */
export interface MonitorPlan {
  readonly pool: string;
  /** A location hint, or "" for wherever the platform puts it. */
  readonly vantage: string;
  readonly origins: readonly { readonly name: string; readonly url: string }[];
  readonly health: {
    readonly method: "GET" | "HEAD";
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly statuses: readonly { readonly from: number; readonly to: number }[];
    /** Empty: any body. */
    readonly bodyText: string;
    readonly rise: number;
    readonly fall: number;
  };
}
