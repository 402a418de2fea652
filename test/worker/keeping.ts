/** Control's keeper of health with a clock, for tests. */
import type { EdgeReport, PoolsHealth } from "../../src/config/health-report.ts";
import type { Config } from "../../src/config/load.ts";
import { HealthKeeper, type KeptHealth } from "../../src/control/health-keeper.ts";
import { isOut } from "../../src/policy/ejection.ts";
import type { Evidence } from "../../src/policy/outcome.ts";
import { type LiveStats, noOutcomes, observeOutcome } from "../../src/policy/outlier.ts";
import type { ReportedCapacity } from "../../src/policy/probe-health.ts";
import type { TomlTable } from "../support/toml.ts";
import { snapshotWith } from "./pools.ts";

export const START_MS = 1_700_000_000_000;
export const SECOND = 1000;
export const HEALTH = { interval: "5s", timeout: "2s", vantages: ["weur", "apac", "enam"] };
export const VANTAGES: readonly string[] = HEALTH.vantages;

export const configOf = (
  origins: Record<string, number> = { hk: 1, sg: 1 },
  pool: TomlTable = { health: HEALTH },
) => snapshotWith({ origins, pool }).config;

/** A keeper with its clock, as Control has it: what it is told to keep when something changed is kept. */
export class Keeping {
  config: Config = configOf();
  nowMs = START_MS;
  keeper = new HealthKeeper();
  kept: KeptHealth = { votes: [], ejections: [] };
  /** Origins of the pool that an operator has taken out. */
  out: ReadonlySet<string> = new Set();

  evaluate(isUrgent = true): boolean {
    const changed = this.keeper.evaluate(
      this.config,
      this.nowMs,
      () => 0.5,
      () => this.out,
      isUrgent,
    );
    if (changed) this.kept = structuredClone(this.keeper.toKeep());
    return changed;
  }

  get published(): PoolsHealth {
    return this.keeper.published;
  }

  of(origin: string) {
    const health = this.published.wallet?.[origin];
    if (health === undefined) throw new Error(`nothing is known of ${origin}`);
    return health;
  }

  probe(origin: string, vantage: string, healthy: boolean, capacity?: ReportedCapacity): void {
    const record = {
      atMs: this.nowMs,
      passed: healthy,
      status: healthy ? 200 : 0,
      reason: healthy ? "ok" : "timed-out",
      durationMs: 5,
    };
    this.keeper.noteProbe({ pool: "wallet", vantage, origin, healthy, capacity, record });
  }

  report(edge: string, origin: string, stats: LiveStats, tried = { successes: 0, failures: 0 }): void {
    const reports: EdgeReport[] = [{ pool: "wallet", origin, stats: structuredClone(stats), tried }];
    this.keeper.noteTraffic(this.config, edge, reports, this.nowMs);
  }

  /** One edge's failures, confirmed. */
  eject(origin: string): void {
    this.report("edge-1", origin, statsOf(FIVE_FAILURES, this.nowMs));
    this.nowMs += 2 * SECOND;
    this.evaluate();
    if (!isOut(this.of(origin).ejection)) throw new Error(`${origin} was not ejected`);
  }

  /** The object is evicted and starts again from what it kept. */
  restart(): void {
    this.keeper = new HealthKeeper();
    this.keeper.restore(structuredClone(this.kept), this.nowMs);
  }
}

export function statsOf(outcomes: readonly Evidence[], atMs: number, windowMs?: number): LiveStats {
  const stats = noOutcomes(windowMs);
  for (const outcome of outcomes) observeOutcome(stats, outcome, atMs);
  return stats;
}
export const FIVE_FAILURES: readonly Evidence[] = new Array<Evidence>(5).fill("failure");
