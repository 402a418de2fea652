/** What Control knows of every origin's health: monitors' votes and edges' traffic, joined by the pure policies. */

import type { Distrust, Proof } from "../config/control-api.ts";
import { ejectionOptionsOf, ejectionThresholdsOf, failureStaleMs } from "../config/health-options.ts";
import type {
  EdgeReport,
  MonitorReport,
  OriginHealth,
  PoolsHealth,
  ProbeRecord,
} from "../config/health-report.ts";
import type { Config, Pool } from "../config/load.ts";
import {
  type Ejection,
  type EjectionOptions,
  isOut,
  NEVER_EJECTED,
  nextEjection,
} from "../policy/ejection.ts";
import { mayEject } from "../policy/last-origin.ts";
import type { Evidence } from "../policy/outcome.ts";
import {
  confirmedAfterMs,
  decideEjection,
  type LiveStats,
  mergeStats,
  witnessesOf,
} from "../policy/outlier.ts";
import { type Majority, majority, newestCapacity, type ReportedCapacity } from "../policy/probe-health.ts";

export interface VantageVote {
  readonly healthy: boolean;
  readonly capacity: ReportedCapacity | undefined;
  readonly record: ProbeRecord;
}

/** What must survive the object's eviction. */
export interface KeptHealth {
  readonly votes: readonly (readonly [origin: string, vantage: string, vote: VantageVote])[];
  readonly ejections: readonly (readonly [origin: string, ejection: Ejection])[];
}

/** An edge that has not reported for so long, and for three times the time within which edges report, has no say. */
const EDGE_SILENT_MS = 15_000;
const SILENT_REPORTS = 3;
/** Evaluating costs a pass over all edges' reports, so it is done at this pace and not with each report. */
const EVALUATE_EVERY_MS = 200;

export class HealthKeeper {
  readonly #votes = new Map<string, Map<string, VantageVote>>();
  readonly #traffic = new Map<string, Map<string, { stats: LiveStats; atMs: number }>>();
  readonly #ejections = new Map<string, Ejection>();
  /** Within so long every edge has told what it has seen: see `control-pace.ts`. */
  toldWithinMs = 1000;
  #published: PoolsHealth = {};
  #publishedText = "{}";
  #evaluatedAtMs = 0;

  /** The health for snapshots; a new value when, and only when, something changed. */
  get published(): PoolsHealth {
    return this.#published;
  }

  /** Votes stand as if they had just been given, until the monitors speak: what was down is still taken for down. */
  restore(kept: KeptHealth, nowMs: number): void {
    for (const [origin, vantage, vote] of kept.votes) {
      this.#votesOf(origin).set(vantage, { ...vote, record: { ...vote.record, atMs: nowMs } });
    }
    for (const [origin, ejection] of kept.ejections) this.#ejections.set(origin, ejection);
  }

  toKeep(): KeptHealth {
    return {
      votes: [...this.#votes].flatMap(([origin, votes]) =>
        [...votes].map(([vantage, vote]) => [origin, vantage, vote] as const),
      ),
      ejections: [...this.#ejections],
    };
  }

  noteProbe(report: MonitorReport): void {
    const { healthy, capacity, record } = report;
    this.#votesOf(keyOf(report.pool, report.origin)).set(report.vantage, { healthy, capacity, record });
  }

  noteTraffic(config: Config, edge: string, reports: readonly EdgeReport[], nowMs: number): void {
    for (const { pool, origin, stats, tried } of reports) {
      const key = keyOf(pool, origin);
      const known = config.pools.find(({ name }) => name === pool);
      if (known === undefined) continue;
      const wasOut = isOut(this.#ejections.get(key) ?? NEVER_EJECTED);
      this.#noteTrials(key, tried, nowMs, ejectionOptionsOf(known));
      if (wasOut && !isOut(this.#ejections.get(key) ?? NEVER_EJECTED)) {
        this.#traffic.delete(key);
        continue;
      }
      const edges = this.#traffic.get(key) ?? new Map();
      edges.set(edge, { stats, atMs: nowMs });
      this.#traffic.set(key, edges);
    }
  }

  /** Which of an edge's distrusted origins have passed a probe that began after their failure. */
  proofsFor(distrusts: readonly Distrust[]): Proof[] {
    return distrusts.flatMap(({ pool, origin, failedAtMs }) => {
      const passed = [...this.votesOf(pool, origin).values()].find(
        ({ record }) => record.passed && record.atMs > failedAtMs,
      );
      return passed === undefined ? [] : [{ pool, origin, probedAtMs: passed.record.atMs }];
    });
  }

  /** What each vantage saw last of an origin. */
  votesOf(pool: string, origin: string): ReadonlyMap<string, VantageVote> {
    return this.#votes.get(keyOf(pool, origin)) ?? new Map();
  }

  /**
   * Joins what is known, at most every 200 ms unless `isUrgent`. True when the published health has changed.
   *
   * @param outIn the origins of a pool that take nobody now, so that they are not counted as left; asked once a pool
   */
  evaluate(
    config: Config,
    nowMs: number,
    random: () => number,
    outIn: (pool: string) => ReadonlySet<string>,
    isUrgent = false,
  ): boolean {
    if (!isUrgent && Math.abs(nowMs - this.#evaluatedAtMs) < EVALUATE_EVERY_MS) return false;
    this.#evaluatedAtMs = nowMs;
    this.#forget(config, nowMs);
    const health = Object.fromEntries(
      config.pools.map((pool) => [pool.name, this.#poolHealth(pool, nowMs, random, outIn(pool.name))]),
    );
    const text = JSON.stringify(health);
    if (text === this.#publishedText) return false;
    this.#published = health;
    this.#publishedText = text;
    return true;
  }

  #poolHealth(
    pool: Pool,
    nowMs: number,
    random: () => number,
    out: ReadonlySet<string>,
  ): Record<string, OriginHealth> {
    const staleAfterMs = failureStaleMs(pool);
    const probes = pool.origins.map((origin) => this.#probes(pool, origin.name, nowMs, staleAfterMs));
    const candidates = pool.origins.map((origin, index) => ({
      isOutOtherwise: probes[index] === "unhealthy" || origin.weight === 0 || out.has(origin.name),
      ejection: this.#ejections.get(keyOf(pool.name, origin.name)) ?? NEVER_EJECTED,
    }));
    return Object.fromEntries(
      pool.origins.map((origin, index) => {
        const key = keyOf(pool.name, origin.name);
        const vote = probes[index] ?? "unknown";
        const ejection = this.#ejection(pool, key, vote, mayEject(candidates, index), nowMs, random);
        candidates[index] = { isOutOtherwise: candidates[index]?.isOutOtherwise ?? false, ejection };
        this.#ejections.set(key, ejection);
        const reports = [...this.#votesOf(key).values()].map(({ capacity, record }) => ({
          capacity,
          reportedAtMs: record.atMs,
        }));
        const capacity = newestCapacity(reports, nowMs, staleAfterMs);
        return [origin.name, { probes: vote, capacity, ejection: withoutClock(ejection) }];
      }),
    );
  }

  #probes(pool: Pool, origin: string, nowMs: number, staleAfterMs: number): Majority {
    const votes = [...(this.#votes.get(keyOf(pool.name, origin))?.values() ?? [])];
    return majority(
      votes.map(({ healthy, record }) => ({ healthy, probedAtMs: record.atMs })),
      nowMs,
      staleAfterMs,
    );
  }

  #ejection(
    pool: Pool,
    key: string,
    probes: Majority,
    isAllowed: boolean,
    nowMs: number,
    random: () => number,
  ): Ejection {
    const options = ejectionOptionsOf(pool);
    const before = this.#ejections.get(key) ?? NEVER_EJECTED;
    const current = nextEjection(before, { kind: "probes", probes }, nowMs, random(), options);
    // What edges saw before the origin came back is no reason to send it out again.
    if (isOut(before) && !isOut(current)) this.#traffic.delete(key);
    if (!pool.ejection.enabled || !isAllowed || isOut(current)) return current;
    const told = [...(this.#traffic.get(key)?.values() ?? [])]
      .map((edge) => edge.stats)
      .filter((seen) => seen.consecutiveFailures === 0 || seen.failingSinceMs > current.changedAtMs);
    const stats = mergeStats(told, nowMs, pool.ejection.window);
    const thresholds = ejectionThresholdsOf(pool, "control");
    const confirmMs = confirmedAfterMs(thresholds, witnessesOf(told, stats), this.toldWithinMs);
    const decision = decideEjection(stats, { ...thresholds, confirmMs }, nowMs);
    if (decision.kind === "keep") return current;
    return nextEjection(
      current,
      { kind: "failing", reason: decision.reason, probes },
      nowMs,
      random(),
      options,
    );
  }

  #noteTrials(key: string, tried: EdgeReport["tried"], nowMs: number, options: EjectionOptions): void {
    const events = [
      ...new Array<Evidence>(tried.failures).fill("failure"),
      ...new Array<Evidence>(tried.successes).fill("success"),
    ];
    for (const evidence of events) {
      const state = this.#ejections.get(key) ?? NEVER_EJECTED;
      this.#ejections.set(
        key,
        nextEjection(state, { kind: "tried", evidence }, nowMs, Math.random(), options),
      );
    }
  }

  #votesOf(key: string): Map<string, VantageVote> {
    const known = this.#votes.get(key);
    if (known !== undefined) return known;
    const made = new Map<string, VantageVote>();
    this.#votes.set(key, made);
    return made;
  }

  /** Drops origins and vantages that left the configuration, and edges that fell silent. */
  #forget(config: Config, nowMs: number): void {
    const known = new Map(
      config.pools.flatMap((pool) => pool.origins.map(({ name }) => [keyOf(pool.name, name), pool] as const)),
    );
    for (const map of [this.#votes, this.#traffic, this.#ejections]) {
      for (const key of map.keys()) if (!known.has(key)) map.delete(key);
    }
    for (const [key, votes] of this.#votes) {
      const vantages: readonly string[] = known.get(key)?.health?.vantages ?? [];
      const wanted = vantages.length === 0 ? [""] : vantages;
      for (const vantage of votes.keys()) if (!wanted.includes(vantage)) votes.delete(vantage);
    }
    const silentMs = Math.max(EDGE_SILENT_MS, SILENT_REPORTS * this.toldWithinMs);
    for (const edges of this.#traffic.values()) {
      for (const [edge, { atMs }] of edges) if (nowMs - atMs > silentMs) edges.delete(edge);
    }
  }
}

/** Names hold no blank, so the two cannot run together. */
function keyOf(pool: string, origin: string): string {
  return `${pool} ${origin}`;
}

/** The clean interval moves on by itself and is nobody's news. */
function withoutClock(ejection: Ejection): Ejection {
  return ejection.kind === "none" ? { ...ejection, cleanSinceMs: 0 } : ejection;
}
