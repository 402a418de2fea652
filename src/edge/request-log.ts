/** Writes a request down as one line of JSON: what became of it and where it went, and nothing of who asked for what. */
import { ADMIN_PATH, ENDPOINTS } from "../config/admin/endpoints.ts";
import type { Env } from "../config/env.ts";
import { isAlwaysLogged } from "../policy/request-log.ts";
import type { Visit } from "./visit.ts";

/** Others are told as `_OTHER`, as OpenTelemetry has it: a method is whatever a client writes. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const OPERATIONS: ReadonlySet<string> = new Set(Object.values(ENDPOINTS).map(({ path }) => path));

/**
 * Costs a request that goes well and is not in the sample a few comparisons. The path is not told: it may name a user or a
 * card; the route is.
 */
export function logRequest(visit: Visit, status: number, env: Pick<Env, "VERSION">): void {
  const { decision, failed, path, snapshot } = visit;
  const isAdmin = decision === "reserved" && path.startsWith(ADMIN_PATH);
  if (!isAlwaysLogged({ decision, status, isAdmin, hasFailed: failed !== undefined })) {
    const { sample } = snapshot.logs;
    if (sample === 0 || Math.random() >= sample) return;
  }
  const totalMs = visit.nowMs - visit.startedAtMs;
  const line = {
    message: "request",
    at: new Date(visit.startedAtMs).toISOString(),
    id: visit.id,
    trace: visit.trace.traceId,
    route: visit.route?.name ?? "",
    method: METHODS.has(visit.method) ? visit.method : "_OTHER",
    decision,
    status,
    attempts: attemptsOf(visit, status),
    ms: { total: totalMs, edge: Math.max(0, totalMs - visit.originMs), origin: visit.originMs },
    ...(visit.position === undefined ? {} : { position: visit.position }),
    ...(isAdmin ? { operation: operationOf(path) } : {}),
    version: snapshot.version,
    worker: env.VERSION?.id ?? "",
  };
  console.log(JSON.stringify(line));
}

/** Those that failed, and the one whose answer was passed on. */
function attemptsOf({ failed = [], decision, answeredBy, pool, originMs }: Visit, status: number) {
  const origin = pool?.origins[answeredBy]?.name;
  if (decision !== "proxied" || origin === undefined || failed.at(-1)?.origin === origin) return failed;
  const spentMs = failed.reduce((sum, { ms }) => sum + ms, 0);
  return [...failed, { origin, reason: `answered ${status}`, ms: Math.max(0, originMs - spentMs) }];
}

/** Of the addresses that there are; any other is the client's own words. */
function operationOf(path: string): string {
  const operation = path.slice(ADMIN_PATH.length);
  if (OPERATIONS.has(operation)) return operation;
  return operation.startsWith("/probes/") ? "/probes/:pool" : "unknown";
}
