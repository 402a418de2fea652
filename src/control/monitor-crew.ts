/** Sends monitors to work as the configuration wants them, and home when it does not. */
import { type Env, monitorStub } from "../config/env.ts";
import type { MonitorPlan } from "../config/health-report.ts";
import type { Config } from "../config/load.ts";
import { monitorPlans } from "../config/monitor-plan.ts";
import type { OverrideStore } from "./override-store.ts";

/** A monitor that could not be reached is tried again after so long. */
const TRY_AGAIN_MS = 1000;

export class MonitorCrew {
  readonly #env: Env;
  readonly #store: OverrideStore;
  /** The configuration that all monitors work by; undefined until the first muster is done. */
  #mustered: Config | undefined;
  #triedAtMs = 0;

  constructor(env: Env, store: OverrideStore) {
    this.#env = env;
    this.#store = store;
  }

  /** Where a pool is probed from. */
  vantagesOf(pool: string): string[] {
    return Object.keys(this.#store.monitors())
      .map((key) => key.split(" "))
      .filter(([name]) => name === pool)
      .map(([, vantage = ""]) => vantage);
  }

  /** Tells every monitor its plan, once for each configuration; cheap when there is nothing to tell. */
  async muster(config: Config): Promise<void> {
    const nowMs = Date.now();
    if (this.#mustered === config || Math.abs(nowMs - this.#triedAtMs) < TRY_AGAIN_MS) return;
    this.#triedAtMs = nowMs;
    const wanted = new Map(monitorPlans(config).map((plan) => [keyOf(plan), plan]));
    const known = this.#store.monitors();
    try {
      for (const key of Object.keys(known)) {
        if (!wanted.has(key)) await this.#tell(key, undefined);
      }
      for (const [key, plan] of wanted) await this.#tell(key, plan);
      this.#store.setMonitors(
        Object.fromEntries([...wanted].map(([key, plan]) => [key, JSON.stringify(plan)])),
      );
      this.#mustered = config;
    } catch (error) {
      console.warn("TG3005 a monitor cannot be reached:", error);
    }
  }

  #tell(key: string, plan: MonitorPlan | undefined): Promise<void> {
    const [pool = "", vantage = ""] = key.split(" ");
    return monitorStub(this.#env, pool, vantage).configure(plan);
  }
}

/** Names hold no blank. */
function keyOf(plan: MonitorPlan): string {
  return `${plan.pool} ${plan.vantage}`;
}
