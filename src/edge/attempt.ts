/** One attempt at one origin: a plain fetch with the pool's patience, and how it ended. */
import { appendCdnLoop } from "../policy/cdn-loop.ts";
import { closeRequest, openRequest } from "../policy/in-flight.ts";
import type { AttemptOutcome } from "../policy/outcome.ts";
import { forwardedRequestHeaders, upgradeOf } from "../policy/request-headers.ts";
import { viaValue } from "../policy/response-headers.ts";
import { attemptTraceparent } from "../policy/trace-context.ts";
import type { OriginRuntime } from "./compiled.ts";
import { randomHex } from "./random.ts";
import type { RequestBody } from "./request-body.ts";
import type { Visit } from "./visit.ts";

export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  /** The origin's answer; undefined when there was none. */
  readonly response: Response | undefined;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

/**
 * @param patienceMs time to the answer's headers; the body may take longer
 * @param longestMs how long a request at this origin can be open
 */
export async function attempt(
  visit: Visit,
  origin: OriginRuntime,
  body: RequestBody,
  patienceMs: number,
  longestMs: number,
): Promise<AttemptResult> {
  const sentAtMs = Date.now();
  const open = openRequest(origin.memory.inFlight, sentAtMs, longestMs);
  // Ends the wait for headers only: a signal with a time of its own would cut long bodies too.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  try {
    const response = await send(visit, origin, body, patience.signal);
    const outcome = {
      kind: "answered",
      status: response.status,
      hasRetryAfter: response.status === 503 && response.headers.has("retry-after"),
    } as const;
    return { outcome, response, sentAtMs, endedAtMs: Date.now() };
  } catch (error) {
    // A request that the runtime refuses to build never left, and is no failure of the origin.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const kind = patience.signal.aborted ? "timed-out" : "disconnected";
    const message = {
      message: "attempt failed",
      id: visit.id,
      origin: origin.name,
      kind,
      error: String(error),
    };
    console.warn(JSON.stringify(message));
    return { outcome: { kind }, response: undefined, sentAtMs, endedAtMs: Date.now() };
  } finally {
    clearTimeout(timer);
    closeRequest(open);
  }
}

function send(
  visit: Visit,
  origin: OriginRuntime,
  body: RequestBody,
  signal: AbortSignal,
): Promise<Response> {
  const target = origin.base + visit.path + visit.url.query;
  const init = requestInit(visit, signal);
  const { request } = visit;
  switch (body.kind) {
    case "none":
      return fetch(target, { ...init, method: request.method });
    case "kept":
      return fetch(target, { ...init, method: request.method, body: body.bytes });
    case "streamed":
      return fetch(target, { ...init, method: request.method, body: request.body });
    case "beside":
      return fetch(new Request(target, request), init);
  }
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
