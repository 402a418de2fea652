/** One attempt at one origin: a plain fetch with the pool's patience, and how it ended. */
import { appendCdnLoop } from "../policy/cdn-loop.ts";
import { closeRequest, openRequest } from "../policy/in-flight.ts";
import type { AttemptOutcome } from "../policy/outcome.ts";
import { requestHeaderChanges, upgradeOf } from "../policy/request-headers.ts";
import { viaValue } from "../policy/response-headers.ts";
import { attemptTraceparent } from "../policy/trace-context.ts";
import type { OriginRuntime } from "./compiled.ts";
import { randomHex } from "./random.ts";
import type { RequestBody } from "./request-body.ts";
import type { Visit } from "./visit.ts";

export interface AttemptResult {
  readonly origin: OriginRuntime;
  /** The origin's index in its pool. */
  readonly index: number;
  readonly isTrial: boolean;
  readonly outcome: AttemptOutcome;
  /** The origin's answer; undefined when there was none. */
  readonly response: Response | undefined;
  /** Its body, when it was read here: all of it, or what was read and what is to come. */
  readonly whole?: ReadableStream | ArrayBuffer;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

export interface RunningAttempt {
  readonly origin: OriginRuntime;
  readonly sentAtMs: number;
  readonly result: Promise<AttemptResult>;
  /** The result, or the word that its target's `lateAfterMs` have passed before it. */
  readonly resultOrLate: Promise<AttemptResult | "late">;
  /** Nobody waits for it any more: the origin is told, and what becomes of it counts for nothing. */
  cancel(): void;
  /** Its headers are waited for so long from now on, and then it has timed out. */
  hurry(patienceMs: number): void;
}

/** Where an attempt goes and how patient it is. */
export interface AttemptTarget {
  readonly origin: OriginRuntime;
  readonly index: number;
  readonly isTrial: boolean;
  /** Time to the answer's headers; the body may take longer. */
  readonly patienceMs: number;
  /** Less than the patience; left out when nobody asks whether it is late. */
  readonly lateAfterMs?: number | undefined;
  /** How long a request at this origin can be open at most. */
  readonly longestMs: number;
}

/** Sends the request. The result never rejects but for a request that the runtime refuses to build. */
export function startAttempt(visit: Visit, target: AttemptTarget, body: RequestBody): RunningAttempt {
  const { origin, patienceMs, lateAfterMs } = target;
  const sentAtMs = Date.now();
  // Ends the wait for headers only: a signal with a time of its own would cut long bodies too.
  const patience = new AbortController();
  const state: RunState = { isCancelled: false, timer: null };
  let late: Promise<"late"> | undefined;
  if (lateAfterMs === undefined) state.timer = setTimeout(() => patience.abort(), patienceMs);
  else {
    // One timer for both, the one after the other: a timer is a good part of what a request costs (measured).
    const { promise, resolve } = Promise.withResolvers<"late">();
    late = promise;
    state.timer = setTimeout(() => {
      state.timer = setTimeout(() => patience.abort(), patienceMs - lateAfterMs);
      resolve("late");
    }, lateAfterMs);
  }
  const result = run(visit, target, body, sentAtMs, patience, state);
  return {
    origin,
    sentAtMs,
    result,
    resultOrLate: late === undefined ? result : Promise.race([result, late]),
    cancel() {
      state.isCancelled = true;
      patience.abort();
    },
    hurry(sooner) {
      clearTimeout(state.timer);
      state.timer = setTimeout(() => patience.abort(), sooner);
    },
  };
}

interface RunState {
  isCancelled: boolean;
  timer: ReturnType<typeof setTimeout> | null;
}

async function run(
  visit: Visit,
  { origin, index, isTrial, longestMs }: AttemptTarget,
  body: RequestBody,
  sentAtMs: number,
  patience: AbortController,
  state: RunState,
): Promise<AttemptResult> {
  const open = openRequest(origin.memory.inFlight, sentAtMs, longestMs);
  const ended = (outcome: AttemptOutcome, response?: Response): AttemptResult => ({
    origin,
    index,
    isTrial,
    outcome,
    response,
    sentAtMs,
    endedAtMs: Date.now(),
  });
  try {
    const response = await send(visit, origin, body, patience.signal);
    const { status } = response;
    const hasRetryAfter = status === 503 && response.headers.has("retry-after");
    return ended({ kind: "answered", status, hasRetryAfter }, response);
  } catch (error) {
    if (state.isCancelled) return ended({ kind: "client-gone" });
    // A request that the runtime refuses to build never left, and is no failure of the origin.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const kind = patience.signal.aborted ? "timed-out" : "disconnected";
    const line = { message: "attempt failed", id: visit.id, origin: origin.name, kind, error: String(error) };
    console.warn(JSON.stringify(line));
    return ended({ kind });
  } finally {
    clearTimeout(state.timer);
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
  const { request, method } = visit;
  switch (body.kind) {
    case "none":
      return fetch(target, { method, ...init });
    case "kept":
      return fetch(target, { method, ...init, body: body.bytes });
    case "streamed":
      return fetch(target, { method, ...init, body: request.body });
    case "beside":
      return fetch(new Request(target, request), init);
  }
}

function requestInit(visit: Visit, signal: AbortSignal): RequestInit {
  return { headers: headersFor(visit), redirect: "manual", signal };
}

/**
 * The client's fields as the runtime holds them, and on them what has to change. A record of all fields is dearer: each
 * name and value of it crosses from JavaScript into the runtime (decision 27).
 */
function headersFor({ request, method, picked, snapshot, url, trace, caller }: Visit): Headers {
  const { name } = snapshot.edge;
  const changes = requestHeaderChanges(picked.suspects, picked.cookie, {
    clientAddress: caller.address,
    clientAddressHeader: snapshot.clientAddressHeader,
    scheme: url.scheme,
    host: url.host,
    traceparent: attemptTraceparent(trace, randomHex),
    tracestate: trace.tracestate,
    cdnLoop: appendCdnLoop(picked.cdnLoop, name),
    via: viaValue(picked.via, name),
    // Whatever the method, the runtime would make a GET of a handshake.
    upgrade: method === "GET" ? upgradeOf(picked.upgrade) : undefined,
  });
  const headers = new Headers(request.headers);
  changes.forEach((value, field) => {
    if (value === undefined) headers.delete(field);
    else headers.set(field, value);
  });
  return headers;
}
