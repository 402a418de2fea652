/** A Monitor object: probes the regions by its schedule and tells Control; what it has counted is written at once. */
import type { Config } from "../../src/config/load.ts";
import { monitorPlans } from "../../src/config/monitor-plan.ts";
import {
  afterProbe,
  judgeProbe,
  NEW_ORIGIN,
  type ProbeAnswer,
  type ProbeHealth,
} from "../../src/policy/probe-health.ts";
import { nextProbeAtMs } from "../../src/policy/probe-schedule.ts";
import type { ControlObject } from "./control-object.ts";
import type { Network, Party } from "./network.ts";
import type { Region } from "./region.ts";
import type { VirtualTime } from "./virtual.ts";

const TELL_DEADLINE_MS = 5000;

export class MonitorObject implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  calls = 0;
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #control: ControlObject;
  readonly #regions: readonly Region[];
  readonly #plan: ReturnType<typeof monitorPlans>[number];
  readonly #states: ProbeHealth[];

  constructor(
    time: VirtualTime,
    network: Network,
    config: Config,
    control: ControlObject,
    regions: readonly Region[],
  ) {
    const [plan] = monitorPlans(config);
    if (plan === undefined) throw new Error("nothing to probe");
    this.#time = time;
    this.#network = network;
    this.#control = control;
    this.#regions = regions;
    this.#plan = plan;
    this.#states = regions.map(() => NEW_ORIGIN);
  }

  start(): void {
    for (const index of this.#regions.keys()) this.#next(index);
  }

  #next(index: number): void {
    const { pool, vantage, health } = this.#plan;
    const nowMs = this.#time.shownMs;
    const atMs = nextProbeAtMs(`${pool} ${vantage}`, index, this.#regions.length, health.intervalMs, nowMs);
    this.#time.in(this, atMs - nowMs, () => {
      this.#probe(index);
      this.#next(index);
    });
  }

  #probe(index: number): void {
    const region = this.#regions[index];
    if (region === undefined) return;
    this.calls += 1;
    const atMs = this.#time.shownMs;
    const { timeoutMs, statuses, bodyText } = this.#plan.health;
    const done = (answer: ProbeAnswer | undefined) => {
      const verdict = judgeProbe(answer ?? { kind: "timed-out" }, { statuses, bodyText });
      const state = afterProbe(
        this.#states[index] ?? NEW_ORIGIN,
        verdict.passed,
        this.#plan.health,
        this.#time.shownMs,
      );
      this.#states[index] = state;
      const durationMs = this.#time.shownMs - atMs;
      const status = answer?.kind === "answered" ? answer.status : 0;
      const report = {
        pool: this.#plan.pool,
        vantage: this.#plan.vantage,
        origin: region.plan.name,
        healthy: state.healthy,
        capacity: undefined,
        record: { atMs, passed: verdict.passed, status, reason: verdict.reason, durationMs },
      };
      this.#network.call(
        this,
        this.#control,
        () => this.#control.probed(report),
        () => {},
        {
          deadlineMs: TELL_DEADLINE_MS,
        },
      );
    };
    this.#network.call(this, region, () => region.probe(this.#time.nowMs), done, { deadlineMs: timeoutMs });
  }
}
