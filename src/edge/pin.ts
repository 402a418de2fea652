/** The way of a request with an operator's pin: one attempt at the origin that it names, whatever that origin's state. */
import type { Env } from "../config/env.ts";
import { tokensRejected } from "../config/metric-names.ts";
import { PIN_HEADER, verifyPin } from "../config/pin-token.ts";
import { type MethodClass, methodClass, retryFailureOf, retryVerdict } from "../policy/retry.ts";
import { answerOf } from "./answer.ts";
import { type AttemptResult, startAttempt } from "./attempt.ts";
import type { PoolRuntime } from "./compiled.ts";
import { count } from "./counters.ts";
import { problem } from "./problem.ts";
import { takeBody } from "./request-body.ts";
import type { Visit } from "./visit.ts";

/**
 * The pinned origin's own answer; undefined when the pin is not valid here, and then the request goes on as if it had
 * none. Nothing of it is noted: an operator who tries a region that is worked on tells nothing about that region.
 */
export function toPinned(
  visit: Visit,
  env: Pick<Env, "TIDEGATE_SECRET">,
): undefined | Promise<Response | undefined> {
  const { pool, picked } = visit;
  return picked.pin === undefined || pool === undefined ? undefined : byPin(visit, pool, picked.pin, env);
}

async function byPin(
  visit: Visit,
  pool: PoolRuntime,
  text: string,
  env: Pick<Env, "TIDEGATE_SECRET">,
): Promise<Response | undefined> {
  const pin = await verifyPin(env.TIDEGATE_SECRET, text, Date.now());
  if (pin === undefined || pin.pool !== pool.name) {
    count(tokensRejected("pin", pin === undefined ? "not-valid" : "another-pool"));
    return undefined;
  }
  const index = pool.origins.findIndex(({ name }) => name === pin.origin);
  const origin = pool.origins[index];
  if (origin === undefined) return undefined;

  const kind = methodClass(visit.method, visit.picked.overrides);
  const body = await takeBody(visit, kind, 0);
  const { timeoutMs } = pool;
  const target = { origin, index, isTrial: false, patienceMs: timeoutMs, longestMs: timeoutMs };
  const answer = answerTo(visit, kind, await startAttempt(visit, target, body).result);
  answer.headers.set("tidegate-origin", origin.name);
  // Another request for the same address is answered by another region.
  answer.headers.append("vary", PIN_HEADER);
  return answer;
}

/** What the region said is passed on whatever it is, 502 too: the operator wants to see just that. */
function answerTo(visit: Visit, kind: MethodClass, result: AttemptResult): Response {
  const { origin, response, outcome, sentAtMs, endedAtMs } = result;
  if (response !== undefined) {
    const { body } = response;
    return answerOf(visit, {
      originName: origin.name,
      attempts: 1,
      response,
      body,
      sentAtMs,
      answeredAtMs: endedAtMs,
    });
  }
  const { otherwise } = retryVerdict({
    methodClass: kind,
    failure: retryFailureOf(outcome) ?? "no-answer",
    bytesSent: true,
    bodyKept: false,
    responseStarted: false,
  });
  const name = otherwise === "pass-on" || otherwise === "none" ? "origin-unreachable" : otherwise;
  return problem(name, { requestId: visit.id, method: visit.method });
}
