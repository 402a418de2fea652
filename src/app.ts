/** The way of a request: the stages in order, one line each. */
import type { Env } from "./config/env.ts";
import { withAdmission } from "./edge/admission.ts";
import { admit } from "./edge/admit.ts";
import { writePoint } from "./edge/analytics.ts";
import { edgeFailed, failureAnswer } from "./edge/failure-answer.ts";
import { floodGuard } from "./edge/flood-guard.ts";
import { forward } from "./edge/forward.ts";
import { identify } from "./edge/identify.ts";
import { switchLanguage } from "./edge/language-switch.ts";
import { giveBackCharges, limit } from "./edge/limit.ts";
import { withLimitFields } from "./edge/limit-fields.ts";
import { noteRequest } from "./edge/note-request.ts";
import { toPinned } from "./edge/pin.ts";
import { poolLine } from "./edge/pool-line.ts";
import { problem } from "./edge/problem.ts";
import { protect } from "./edge/protect.ts";
import { queueRoute } from "./edge/queue-routes.ts";
import { randomHex } from "./edge/random.ts";
import { logRequest } from "./edge/request-log.ts";
import { route } from "./edge/route.ts";
import { screen } from "./edge/screen.ts";
import { currentSnapshot, reportSoon, tellCounts } from "./edge/snapshot-client.ts";
import { withStale } from "./edge/stale.ts";
import { statusAnswer } from "./edge/status-answer.ts";
import { openVisit, type Visit } from "./edge/visit.ts";
import { operator } from "./operator/app.ts";
import { clientAddress } from "./policy/address.ts";
import { normalizePath, splitUrl } from "./policy/path.ts";

/** Reserved on every host, in every spelling. */
const RESERVED = /^\/\.tidegate(?:\/|$)/;

/** Answers a request. Never throws. */
export async function serve(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const startedAtMs = Date.now();
  let visit: Visit | undefined;
  try {
    const found = currentSnapshot(env, ctx);
    const snapshot = found instanceof Promise ? await found : found;
    if (snapshot === undefined) return await withoutConfiguration(request, env, ctx);
    visit = openVisit(request, snapshot, startedAtMs, ctx);
    const answering = answerTo(visit, env, ctx);
    const answer = noteRequest(visit, answering instanceof Promise ? await answering : answering);
    logRequest(visit, answer.status, env);
    if (env.ANALYTICS !== undefined) writePoint(env.ANALYTICS, visit, answer.status);
    tellCounts(env, ctx);
    return answer;
  } catch (error) {
    const id = randomHex(16);
    console.error(JSON.stringify({ message: "TG3003 the edge failed", id, error: String(error) }));
    const known = visit === undefined ? {} : { snapshot: visit.snapshot };
    return noteRequest(visit, edgeFailed({ id, request, ...known }), "error");
  }
}

function answerTo(visit: Visit, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  visit.decision = "blocked";
  const refused = screen(visit);
  if (refused !== undefined) return refused;
  if (!RESERVED.test(visit.path)) return throughStages(visit, env, ctx);
  visit.decision = "reserved";
  const own = switchLanguage(visit) ?? statusAnswer(visit, (pool) => poolLine(visit.snapshot, pool));
  return own ?? queueRoute(visit, env) ?? toOperator(visit.path, visit.request, env, ctx, visit);
}

async function throughStages(visit: Visit, env: Env, ctx: ExecutionContext): Promise<Response> {
  const details = { requestId: visit.id, method: visit.method };
  visit.decision = "limited";
  const flooding = env.FLOOD_GUARD === undefined ? undefined : await floodGuard(visit, env);
  if (flooding !== undefined) return flooding;
  visit.decision = "blocked";
  const noRoute = route(visit);
  const { pool } = visit;
  if (noRoute !== undefined || pool === undefined) return noRoute ?? problem("no-route", details);
  visit.decision = "proxied";
  const identifying = identify(visit, env);
  if (identifying !== undefined) await identifying;
  const pinned = visit.picked.pin === undefined ? undefined : await toPinned(visit, pool, env);
  if (pinned !== undefined) return pinned;
  visit.decision = "limited";
  const limiting = limit(visit, env);
  const denied = limiting instanceof Promise ? await limiting : limiting;
  if (denied !== undefined) return denied;
  visit.decision = "queued";
  const admitting = admit(visit, env);
  const queued = admitting instanceof Promise ? await admitting : admitting;
  if (queued !== undefined) {
    giveBackCharges(visit, env);
    return queued;
  }
  const answer = await withStale(visit, () =>
    forward(visit, pool, {
      onEjected: () => reportSoon(env, ctx),
      onFinal: (final) => protect(visit, env, pool, final),
    }),
  );
  const telling = withAdmission(visit, env, withLimitFields(visit, answer));
  return telling instanceof Promise ? await telling : telling;
}

/** Operators must get in even when the configuration is what is wrong. */
async function withoutConfiguration(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const spelled = normalizePath(splitUrl(request.url).path);
  if (spelled.kind === "ok" && RESERVED.test(spelled.path))
    return toOperator(spelled.path, request, env, ctx);
  return failureAnswer({ id: randomHex(16), request }, "not-configured");
}

async function toOperator(
  path: string,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  visit?: Visit,
): Promise<Response> {
  const url = new URL(request.url);
  url.pathname = path;
  const client = {
    address: clientAddress(visit?.picked.clientAddress),
    access: visit?.snapshot.admin.access,
  };
  return operator.fetch(new Request(url, request), { ...env, CLIENT: client }, ctx);
}
