/** One attempt at one origin: a plain fetch with the pool's patience, and how it ended. */
import { appendCdnLoop } from "../policy/cdn-loop.ts";
import { closeRequest, type OpenRequest, openRequest } from "../policy/in-flight.ts";
import type { AttemptOutcome } from "../policy/outcome.ts";
import { changeRequestFields, PlainFields, upgradeOf } from "../policy/request-headers.ts";
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
  readonly whole: ReadableStream | ArrayBuffer | Uint8Array | undefined;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
}

export interface RunningAttempt {
  readonly origin: OriginRuntime;
  readonly sentAtMs: number;
  /** How it ended, whatever else has become of it. */
  readonly result: Promise<AttemptResult>;
  /** The result, or what `whenLate` comes to once its target's `lateAfterMs` have passed before it. To be called once. */
  resultOr(whenLate: () => Promise<AttemptResult>): Promise<AttemptResult>;
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
  return new Attempt(visit, target, body);
}

/**
 * An object and not closures: it is made for each request. Given up, it has no signal that cuts its fetch off: an
 * `AbortController` costs a tenth of a bare request (decision 28). The runtime drops the fetch, and so tells the origin, as
 * soon as the request has ended for the client.
 */
class Attempt implements RunningAttempt {
  readonly origin: OriginRuntime;
  readonly sentAtMs: number;
  private readonly target: AttemptTarget;
  private readonly requestId: string;
  private readonly open: OpenRequest;
  /** What is waited for; each is made when it is asked for, as most attempts need one of them only. */
  private waiting: PromiseWithResolvers<AttemptResult> | undefined;
  private waitingOrLate: PromiseWithResolvers<AttemptResult> | undefined;
  private whenLate: (() => Promise<AttemptResult>) | undefined;
  private ending: AttemptResult | undefined;
  private refusal: { readonly error: unknown } | undefined;
  private alarm: ReturnType<typeof setTimeout> | null = null;

  constructor(visit: Visit, target: AttemptTarget, body: RequestBody) {
    const { origin, lateAfterMs, patienceMs, longestMs } = target;
    this.origin = origin;
    this.target = target;
    this.requestId = visit.id;
    this.sentAtMs = visit.nowMs;
    this.open = openRequest(origin.memory.inFlight, this.sentAtMs, longestMs);
    // One timer for both, the one after the other: a timer is a good part of what a request costs (measured).
    if (lateAfterMs === undefined) this.hurry(patienceMs);
    else this.setAlarm(lateAfterMs, () => this.late(patienceMs - lateAfterMs));
    try {
      send(visit, origin, body).then(
        (response) => this.answered(response),
        (error: unknown) => this.failed(error),
      );
    } catch (error) {
      this.failed(error);
    }
  }

  get result(): Promise<AttemptResult> {
    this.waiting ??= this.settled(Promise.withResolvers());
    return this.waiting.promise;
  }

  resultOr(whenLate: () => Promise<AttemptResult>): Promise<AttemptResult> {
    this.whenLate = whenLate;
    this.waitingOrLate = this.settled(Promise.withResolvers());
    return this.waitingOrLate.promise;
  }

  private settled(waiting: PromiseWithResolvers<AttemptResult>): PromiseWithResolvers<AttemptResult> {
    if (this.ending !== undefined) waiting.resolve(this.ending);
    if (this.refusal !== undefined) waiting.reject(this.refusal.error);
    return waiting;
  }

  private late(patienceMs: number): void {
    this.hurry(patienceMs);
    if (this.whenLate !== undefined) this.waitingOrLate?.resolve(this.whenLate());
  }

  cancel(): void {
    this.end({ kind: "client-gone" }, undefined);
  }

  hurry(patienceMs: number): void {
    this.setAlarm(patienceMs, () => {
      this.warn("timed-out", "no headers in time");
      this.end({ kind: "timed-out" }, undefined);
    });
  }

  /** Takes the place of the one before. */
  private setAlarm(afterMs: number, ring: () => void): void {
    if (this.alarm !== null) clearTimeout(this.alarm);
    this.alarm = setTimeout(ring, afterMs);
  }

  private answered(response: Response): void {
    if (this.isEnded()) {
      // Nobody wants it any more; a body that breaks while it is let go tells of nothing.
      response.body?.cancel().catch(() => undefined);
      return;
    }
    const { status } = response;
    const hasRetryAfter = status === 503 && response.headers.has("retry-after");
    this.end({ kind: "answered", status, hasRetryAfter }, response);
  }

  private failed(error: unknown): void {
    if (this.isEnded()) return;
    if (error instanceof TypeError || error instanceof RangeError) {
      // A request that the runtime refuses to build never left, and is no failure of the origin.
      this.close();
      this.refusal = { error };
      this.waiting?.reject(error);
      this.waitingOrLate?.reject(error);
      return;
    }
    this.warn("disconnected", String(error));
    this.end({ kind: "disconnected" }, undefined);
  }

  private warn(kind: string, error: string): void {
    const line = { message: "attempt failed", id: this.requestId, origin: this.origin.name, kind, error };
    console.warn(JSON.stringify(line));
  }

  private isEnded(): boolean {
    return this.ending !== undefined || this.refusal !== undefined;
  }

  private close(): void {
    clearTimeout(this.alarm);
    closeRequest(this.open);
  }

  private end(outcome: AttemptOutcome, response: Response | undefined): void {
    if (this.isEnded()) return;
    this.close();
    const { target, origin, sentAtMs } = this;
    const { index, isTrial } = target;
    const endedAtMs = Date.now();
    this.ending = { origin, index, isTrial, outcome, response, whole: undefined, sentAtMs, endedAtMs };
    this.waiting?.resolve(this.ending);
    this.waitingOrLate?.resolve(this.ending);
  }
}

function send(visit: Visit, origin: OriginRuntime, body: RequestBody): Promise<Response> {
  const target = origin.base + visit.path + visit.url.query;
  const headers = headersFor(visit);
  const { request, method } = visit;
  const redirect = "manual";
  switch (body.kind) {
    case "none":
      return fetch(target, { method, headers, redirect });
    case "kept":
      return fetch(target, { method, headers, redirect, body: body.bytes });
    case "streamed":
      return fetch(target, { method, headers, redirect, body: request.body });
    case "beside":
      return fetch(new Request(target, request), { headers, redirect });
  }
}

/**
 * The client's fields with what has to change. As a plain object: a `Headers` with a change for each field costs a tenth of a
 * bare request more (decision 28). Only what text cannot say, bytes that are no UTF-8, is copied in the runtime.
 */
function headersFor({
  request,
  method,
  picked,
  snapshot,
  url,
  trace,
  caller,
}: Visit): Headers | Record<string, string> {
  const { name } = snapshot.edge;
  const context = {
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
  };
  if (picked.isPlain) {
    const plain = new PlainFields(picked.others);
    changeRequestFields(plain, picked.suspects, picked.cookie, context);
    return plain.record;
  }
  const headers = new Headers(request.headers);
  changeRequestFields(headers, picked.suspects, picked.cookie, context);
  return headers;
}
