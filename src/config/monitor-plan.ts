/** Which monitors a configuration needs, and what each is to do. */
import type { MonitorPlan } from "./health-report.ts";
import type { Config } from "./load.ts";

/** One plan for each pool with health checks and each of its vantages. */
export function monitorPlans(config: Config): MonitorPlan[] {
  return config.pools.flatMap((pool) => {
    const { health } = pool;
    if (health === undefined) return [];
    const vantages: readonly string[] = health.vantages.length === 0 ? [""] : health.vantages;
    return vantages.map((vantage) => ({
      pool: pool.name,
      vantage,
      origins: pool.origins.map(({ name, url }) => ({ name, url })),
      health: {
        method: health.method,
        path: health.path,
        headers: health.headers,
        intervalMs: health.interval,
        timeoutMs: health.timeout,
        statuses: health.expect_status,
        bodyText: health.expect_body ?? "",
        rise: health.rise,
        fall: health.fall,
      },
    }));
  });
}
