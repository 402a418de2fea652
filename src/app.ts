/** The way of a request: the stages in order, one line each. */
import type { Env } from "./config/env.ts";
import { withAdmission } from "./edge/admission.ts";
import { admit } from "./edge/admit.ts";
import { writePoint } from "./edge/analytics.ts";
import type { Compiled } from "./edge/compiled.ts";
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
import { protect } from "./edge/protect.ts";
import { queueRoute } from "./edge/queue-routes.ts";
import { randomHex } from "./edge/random.ts";
import { logRequest } from "./edge/request-log.ts";
import type { Decision } from "./edge/request-series.ts";
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
export function serve(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  const startedAtMs = Date.now();
  const found = currentSnapshot(env, ctx, startedAtMs);
  if (!(found instanceof Promise)) return serveWith(found, request, env, ctx, startedAtMs);
  return found.then((snapshot) => serveWith(snapshot, request, env, ctx, startedAtMs));
}

/** Plain calls and one promise where nothing has to be waited for but the origin: each wait has its price (decision 28). */
function serveWith(
  snapshot: Compiled | undefined,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  startedAtMs: number,
): Response | Promise<Response> {
  let visit: Visit | undefined;
  const failed = (error: unknown): Response => whenFailed(error, request, visit);
  try {
    if (snapshot === undefined) return withoutConfiguration(request, env, ctx).catch(failed);
    const opened = openVisit(request, snapshot, startedAtMs, ctx);
    visit = opened;
    const answering = answerTo(opened, env, ctx);
    if (!(answering instanceof Promise)) return noted(opened, answering, env, ctx);
    return answering.then((answer) => {
      try {
        return noted(opened, answer, env, ctx);
      } catch (error) {
        return failed(error);
      }
    }, failed);
  } catch (error) {
    return failed(error);
  }
}

function noted(visit: Visit, answer: Response, env: Env, ctx: ExecutionContext): Response {
  visit.nowMs = Date.now();
  noteRequest(visit, answer);
  logRequest(visit, answer.status, env);
  if (env.ANALYTICS !== undefined) writePoint(env.ANALYTICS, visit, answer.status);
  tellCounts(env, ctx, visit.nowMs);
  return answer;
}

function whenFailed(error: unknown, request: Request, visit: Visit | undefined): Response {
  const id = randomHex(16);
  console.error(JSON.stringify({ message: "TG3003 the edge failed", id, error: String(error) }));
  const known = visit === undefined ? {} : { snapshot: visit.snapshot };
  return noteRequest(visit, edgeFailed({ id, request, ...known }), "error");
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

/** Undefined lets the request go on to the next stage. */
type Stage = (visit: Visit, env: Env) => Response | undefined | Promise<Response | undefined>;

/** What a request goes through, in this order, before an origin is asked; and what it counts as when one stops it. */
const STAGES: readonly (readonly [Decision, Stage])[] = [
  ["limited", floodGuard],
  ["blocked", route],
  ["proxied", identify],
  ["proxied", toPinned],
  ["limited", limit],
  ["queued", admit],
];

function throughStages(
  visit: Visit,
  env: Env,
  ctx: ExecutionContext,
  from = 0,
): Response | Promise<Response> {
  for (let index = from; index < STAGES.length; index++) {
    const [decision, stage] = STAGES[index] as (typeof STAGES)[number];
    visit.decision = decision;
    const stopping = stage(visit, env);
    if (stopping instanceof Promise) {
      return stopping.then((stopped) => {
        visit.nowMs = Date.now();
        return stopped === undefined ? throughStages(visit, env, ctx, index + 1) : stop(visit, env, stopped);
      });
    }
    if (stopping !== undefined) return stop(visit, env, stopping);
  }
  return askOrigin(visit, env, ctx);
}

function stop(visit: Visit, env: Env, answer: Response): Response {
  // Whoever waits in line has all tokens when the turn comes.
  if (visit.decision === "queued") giveBackCharges(visit, env);
  return answer;
}

function askOrigin(visit: Visit, env: Env, ctx: ExecutionContext): Promise<Response> {
  const { pool } = visit;
  if (pool === undefined) throw new Error("the route stage lets no request pass without a pool");
  const listeners = {
    onEjected: () => reportSoon(env, ctx),
    onFinal: (final: Response) => protect(visit, env, pool, final),
  };
  return withStale(visit, () => forward(visit, pool, listeners)).then((answer) =>
    withAdmission(visit, env, withLimitFields(visit, answer)),
  );
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
