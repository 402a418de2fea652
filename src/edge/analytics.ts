/** Tells Cloudflare's Analytics Engine of a request, where a dataset is bound: nothing is waited for. */
import type { Visit } from "./visit.ts";

export function writePoint(dataset: AnalyticsEngineDataset, visit: Visit, status: number): void {
  const { route, decision, pool, answeredBy, originMs, failed } = visit;
  const totalMs = Date.now() - visit.startedAtMs;
  const name = route?.name ?? "";
  const attempts = (failed?.length ?? 0) + (decision === "proxied" ? 1 : 0);
  dataset.writeDataPoint({
    indexes: [name],
    blobs: [name, decision, `${Math.floor(status / 100)}xx`, pool?.origins[answeredBy]?.name ?? ""],
    doubles: [totalMs, Math.max(0, totalMs - originMs), originMs, attempts],
  });
}
