/** The Monitor object: probes one pool's origins from one vantage, by alarm, and tells Control what it finds. */
import { DurableObject } from "cloudflare:workers";
import type { MonitorApi } from "../config/control-api.ts";
import { controlStub, type Env } from "../config/env.ts";
import type { MonitorPlan, ProbeRecord } from "../config/health-report.ts";
import { afterProbe } from "../policy/probe-health.ts";
import { nextProbeAtMs } from "../policy/probe-schedule.ts";
import { probe } from "./probe.ts";
import { ProbeLog } from "./probe-log.ts";

/**
 * An alarm may come a little before its time, and one that is set anew to the time of the running one is lost
 * (measured on workerd): what is due so soon is done with the running alarm.
 */
const EARLY_MS = 5;
/** An alarm that wakes an evicted object may come so late and still stand for the one probe it was set for. */
function lateMs({ health, origins }: MonitorPlan): number {
  return health.intervalMs / origins.length / 2;
}

export class Monitor extends DurableObject<Env> implements MonitorApi {
  readonly #log: ProbeLog;
  /** When each origin is due, by its index in the plan; plain memory, since the schedule follows from the clock. */
  #dueAtMs: number[] = [];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#log = new ProbeLog(ctx.storage.sql);
  }

  async configure(plan: MonitorPlan | undefined): Promise<void> {
    const isKnown = plan !== undefined && JSON.stringify(plan) === JSON.stringify(this.#log.plan());
    if (isKnown && (await this.ctx.storage.getAlarm()) !== null) return;
    this.#log.setPlan(plan);
    this.#dueAtMs = [];
    if (plan === undefined) await this.ctx.storage.deleteAlarm();
    else await this.#setAlarm(plan);
  }

  async records(): Promise<Record<string, ProbeRecord[]>> {
    const plan = this.#log.plan();
    return Object.fromEntries((plan?.origins ?? []).map(({ name }) => [name, this.#log.records(name)]));
  }

  override async alarm(): Promise<void> {
    const plan = this.#log.plan();
    if (plan === undefined) return;
    const nowMs = Date.now();
    plan.origins.forEach((origin, index) => {
      // After an eviction the schedule is worked out anew, from where it stood a moment ago.
      const dueAtMs = this.#dueAtMs[index] ?? this.#nextAtMs(plan, index, nowMs - lateMs(plan));
      if (dueAtMs > nowMs + EARLY_MS) return;
      // Not awaited: a probe that hangs must not delay the next origin's.
      this.ctx.waitUntil(this.#probe(plan, origin));
    });
    await this.#setAlarm(plan);
  }

  #nextAtMs(plan: MonitorPlan, index: number, afterMs: number): number {
    const name = `${plan.pool} ${plan.vantage}`;
    return nextProbeAtMs(name, index, plan.origins.length, plan.health.intervalMs, afterMs);
  }

  async #setAlarm(plan: MonitorPlan): Promise<void> {
    const nowMs = Date.now();
    this.#dueAtMs = plan.origins.map((_, index) => {
      const dueAtMs = this.#dueAtMs[index] ?? 0;
      if (dueAtMs > nowMs + EARLY_MS) return dueAtMs;
      return this.#nextAtMs(plan, index, nowMs + EARLY_MS);
    });
    await this.ctx.storage.setAlarm(Math.min(...this.#dueAtMs));
  }

  async #probe(plan: MonitorPlan, origin: MonitorPlan["origins"][number]): Promise<void> {
    const { record, capacity } = await probe(origin.url, plan.health);
    // The plan may have changed meanwhile, or be gone.
    const isWanted = this.#log
      .plan()
      ?.origins.some(({ name, url }) => name === origin.name && url === origin.url);
    if (isWanted !== true) return;
    const state = afterProbe(this.#log.state(origin.name), record.passed, plan.health, Date.now());
    this.#log.add(origin.name, record, state);
    try {
      await controlStub(this.env).probed({
        pool: plan.pool,
        vantage: plan.vantage,
        origin: origin.name,
        healthy: state.healthy,
        capacity,
        record,
      });
    } catch (error) {
      console.warn("TG3004 a probe's result did not reach Control:", error);
    }
  }
}
