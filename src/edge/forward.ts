/** The last stage: one plain fetch to the origin, bodies untouched both ways. */
import { problemOfFailure } from "../policy/attempt-failure.ts";
import { appendCdnLoop } from "../policy/cdn-loop.ts";
import { closeRequest, openRequest } from "../policy/in-flight.ts";
import { observeLatency } from "../policy/latency.ts";
import { forwardedRequestHeaders, upgradeOf } from "../policy/request-headers.ts";
import { viaValue } from "../policy/response-headers.ts";
import { attemptTraceparent } from "../policy/trace-context.ts";
import { answerOf } from "./answer.ts";
import type { OriginRuntime, PoolRuntime } from "./compiled.ts";
import { problem } from "./problem.ts";
import { randomHex } from "./random.ts";
import type { Visit } from "./visit.ts";

/** Sends the request to `origin` and makes the client's answer of what comes back. */
export async function forward(visit: Visit, pool: PoolRuntime, origin: OriginRuntime): Promise<Response> {
  const sentAtMs = Date.now();
  const open = openRequest(origin.inFlight, sentAtMs, pool.timeoutMs);
  // Ends the wait for headers only: a signal with a time of its own would cut long bodies too.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), pool.timeoutMs);
  try {
    const response = await send(visit, origin, patience.signal);
    const answeredAtMs = Date.now();
    observeLatency(origin.latency, answeredAtMs - sentAtMs, answeredAtMs);
    return answerOf(visit, origin, response, sentAtMs, answeredAtMs);
  } catch (error) {
    // A request that the runtime refuses to build never left, and is no failure of the origin.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    observeLatency(origin.latency, pool.timeoutMs, Date.now());
    const failure = patience.signal.aborted ? "timed-out" : "disconnected";
    console.warn(
      JSON.stringify({
        message: "attempt failed",
        id: visit.id,
        origin: origin.name,
        failure,
        error: String(error),
      }),
    );
    return problem(problemOfFailure(failure, visit.request.method), {
      requestId: visit.id,
      method: visit.request.method,
    });
  } finally {
    clearTimeout(timer);
    closeRequest(open);
  }
}

/** Methods for which `fetch` takes no body beside them, though clients send one (`Content-Length: 0`, say). */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

function send(visit: Visit, origin: OriginRuntime, signal: AbortSignal): Promise<Response> {
  const target = origin.base + visit.path + visit.url.query;
  const init = requestInit(visit, signal);
  const { request } = visit;
  const { method, body } = request;
  if (body === null) return fetch(target, { ...init, method });
  return BODILESS.has(method)
    ? fetch(new Request(target, request), init)
    : fetch(target, { ...init, method, body });
}

function requestInit(visit: Visit, signal: AbortSignal): RequestInit {
  const { request, picked, snapshot, url, trace } = visit;
  const name = snapshot.edge.name;
  return {
    headers: forwardedRequestHeaders(visit.headers, {
      clientAddress: visit.caller.address,
      clientAddressHeader: snapshot.edge.client_ip_header.toLowerCase(),
      scheme: url.scheme,
      host: url.host,
      traceparent: attemptTraceparent(trace, randomHex),
      tracestate: trace.tracestate,
      cdnLoop: appendCdnLoop(picked.cdnLoop, name),
      via: viaValue(picked.via, name),
      // Whatever the method, the runtime would make a GET of a handshake.
      upgrade: request.method === "GET" ? upgradeOf(picked.upgrade) : undefined,
    }),
    redirect: "manual",
    signal,
  };
}
