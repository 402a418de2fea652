/** Makes one probe: one request, no redirects, judged by the pure policy. */
import type { MonitorPlan, ProbeRecord } from "../config/health-report.ts";
import { capacityOf, judgeProbe, type ProbeAnswer, type ReportedCapacity } from "../policy/probe-health.ts";

export interface Probe {
  readonly record: ProbeRecord;
  readonly capacity: ReportedCapacity | undefined;
}

/** A body longer than this is not searched further: a health answer is short. */
const MAX_BODY_BYTES = 64 * 1024;

export async function probe(url: string, health: MonitorPlan["health"]): Promise<Probe> {
  const atMs = Date.now();
  const { answer, capacity } = await ask(new URL(health.path, url), health);
  const verdict = judgeProbe(answer, { statuses: health.statuses, bodyText: health.bodyText });
  return {
    capacity,
    record: {
      atMs,
      passed: verdict.passed,
      status: answer.kind === "answered" ? answer.status : 0,
      reason: verdict.reason,
      durationMs: Date.now() - atMs,
    },
  };
}

async function ask(
  target: URL,
  health: MonitorPlan["health"],
): Promise<{ answer: ProbeAnswer; capacity: ReportedCapacity | undefined }> {
  const signal = AbortSignal.timeout(health.timeoutMs);
  try {
    const response = await fetch(target, {
      method: health.method,
      headers: { "user-agent": "Tidegate-Monitor", ...health.headers },
      redirect: "manual",
      signal,
    });
    const capacity = capacityOf(response.headers.get("tidegate-capacity"));
    const bodyText = health.bodyText === "" ? "" : await textOf(response);
    if (health.bodyText === "") await response.body?.cancel();
    return { answer: { kind: "answered", status: response.status, bodyText }, capacity };
  } catch {
    return { answer: { kind: signal.aborted ? "timed-out" : "disconnected" }, capacity: undefined };
  }
}

/** The beginning of the body as text. */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return text;
}
