/** One request on its way through the stages: what has been found out about it. */
import { type Caller, NOBODY } from "../policy/caller.ts";
import type { FailureReason } from "../policy/outcome.ts";
import { normalizePath, splitUrl, type UrlParts } from "../policy/path.ts";
import { fieldName, isPlain, isSuspect } from "../policy/request-headers.ts";
import { continueTrace, type Trace } from "../policy/trace-context.ts";
import type { Compiled, PoolRuntime, RouteRuntime } from "./compiled.ts";
import type { Charge } from "./limit-charges.ts";
import { randomHex } from "./random.ts";
import type { Decision } from "./request-series.ts";
import type { Admission } from "./room-runtime.ts";

/** The fields that stages ask for, picked in one walk over the headers. */
interface PickedFields {
  host: string | undefined;
  cookie: string | undefined;
  via: string | undefined;
  upgrade: string | undefined;
  cdnLoop: string | undefined;
  traceparent: string | undefined;
  tracestate: string | undefined;
  pin: string | undefined;
  authorization: string | undefined;
  userAgent: string | undefined;
  ticket: string | undefined;
  pass: string | undefined;
  clientAddress: string | undefined;
  /** The value of the field that `[identity] api_keys` names. */
  apiKey: string | undefined;
  /** Values of `METHOD_OVERRIDE_HEADERS` (policy/retry.ts). */
  overrides: readonly string[];
  /** Fields that may have to change on their way to an origin, names in lower case. */
  readonly suspects: (readonly [name: string, value: string])[];
  /** All other fields, by name in lower case. */
  readonly others: Record<string, string>;
  /** The fields' texts say all of them: see `isPlain`. */
  isPlain: boolean;
}

/** The values of `RateLimit-Policy` and `RateLimit`. */
export interface RateLimitFields {
  policy: string | undefined;
  limit: string | undefined;
}

export interface FailedAttempt {
  readonly origin: string;
  readonly reason: FailureReason;
  readonly ms: number;
}

export interface Visit {
  readonly request: Request;
  readonly startedAtMs: number;
  /**
   * Epoch milliseconds as of the last wait. While code runs, the platform's clock stands still; to ask it again costs a
   * call into the runtime.
   */
  nowMs: number;
  readonly snapshot: Compiled;
  readonly url: UrlParts;
  readonly method: string;
  readonly picked: PickedFields;
  readonly trace: Trace;
  /** Tells this request from all others, in answers and logs. */
  readonly id: string;
  /** In its one spelling; what is matched is what is forwarded. */
  path: string;
  caller: Caller;
  route: RouteRuntime | undefined;
  pool: PoolRuntime | undefined;
  /** What the route's limits have charged; undefined when there are none. */
  charges: readonly Charge[] | undefined;
  /** How the user is in the route's room; undefined without a room, and for what no room holds back. */
  admission: Admission | undefined;
  /** The origin has said that the user is out (`Tidegate-Session: end`). */
  isSessionOver: boolean;
  /** What an origin's answer says of the origin's own limits; undefined for an answer that is not just come from one. */
  originRateLimit: RateLimitFields | undefined;
  /** What became of it, so far. */
  decision: Decision;
  /** Index of the origin that was asked last; -1 while none was. */
  answeredBy: number;
  /** Time spent waiting for origins. */
  originMs: number;
  /** Attempts that failed before the answer, for the log; undefined while none did. */
  failed: FailedAttempt[] | undefined;
  /** The place in line that was told; undefined where nobody queues. */
  position: number | undefined;
  /** Keeps work going after the answer. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Opens a visit: splits the URL, picks the fields, continues the trace. */
export function openVisit(
  request: Request,
  snapshot: Compiled,
  startedAtMs: number,
  ctx: { waitUntil(promise: Promise<unknown>): void },
): Visit {
  const { clientAddressHeader, apiKeyHeader } = snapshot;
  const picked = pickFields(request.headers, clientAddressHeader, apiKeyHeader);
  const trace = continueTrace(picked.traceparent, picked.tracestate, randomHex);
  return {
    request,
    startedAtMs,
    nowMs: startedAtMs,
    snapshot,
    url: splitUrl(request.url),
    method: request.method,
    picked,
    trace,
    id: `${trace.traceId}-${randomHex(4)}`,
    path: "",
    caller: NOBODY,
    route: undefined,
    pool: undefined,
    charges: undefined,
    admission: undefined,
    isSessionOver: false,
    originRateLimit: undefined,
    decision: "error",
    answeredBy: -1,
    originMs: 0,
    failed: undefined,
    position: undefined,
    waitUntil: (promise) => ctx.waitUntil(promise),
  };
}

export function noteFailed(visit: Visit, attempt: FailedAttempt): void {
  if (visit.failed === undefined) visit.failed = [attempt];
  else visit.failed.push(attempt);
}

/** The path in its one spelling, or why the request gets 400. */
export function spellPath(visit: Visit): string | undefined {
  const normal = normalizePath(visit.url.path);
  if (normal.kind === "rejected") return normal.reason;
  visit.path = normal.path;
  return undefined;
}

/** The runtime's own walk: an iterator or a `get` for each field costs a call from JavaScript each (decision 28). */
function pickFields(
  headers: Headers,
  clientAddressHeader: string,
  apiKeyHeader: string | undefined,
): PickedFields {
  const picked = nothingPicked();
  headers.forEach((value, text) => {
    const known = fieldName(text);
    const { name } = known;
    if (name === clientAddressHeader) picked.clientAddress = value;
    if (name === apiKeyHeader) picked.apiKey = value;
    if (!isPlain(known, value)) picked.isPlain = false;
    if (isSuspect(known, value)) picked.suspects.push([name, value]);
    else picked.others[name] = value;
    if (known.isMethodOverride) picked.overrides = [...picked.overrides, value];
    else pick(picked, name, value);
  });
  return picked;
}

/** All members, so that the objects of all visits have one shape. */
function nothingPicked(): PickedFields {
  return {
    host: undefined,
    cookie: undefined,
    via: undefined,
    upgrade: undefined,
    cdnLoop: undefined,
    traceparent: undefined,
    tracestate: undefined,
    pin: undefined,
    authorization: undefined,
    userAgent: undefined,
    ticket: undefined,
    pass: undefined,
    clientAddress: undefined,
    apiKey: undefined,
    overrides: NO_OVERRIDES,
    suspects: [],
    others: {},
    isPlain: true,
  };
}

const NO_OVERRIDES: readonly string[] = [];

function pick(picked: PickedFields, name: string, value: string): void {
  switch (name) {
    case "host":
      picked.host = value;
      break;
    case "cookie":
      picked.cookie = value;
      break;
    case "via":
      picked.via = value;
      break;
    case "upgrade":
      picked.upgrade = value;
      break;
    case "cdn-loop":
      picked.cdnLoop = value;
      break;
    case "traceparent":
      picked.traceparent = value;
      break;
    case "tracestate":
      picked.tracestate = value;
      break;
    case "authorization":
      picked.authorization = value;
      break;
    case "user-agent":
      picked.userAgent = value;
      break;
    case "tidegate-ticket":
      picked.ticket = value;
      break;
    case "tidegate-pass":
      picked.pass = value;
      break;
    case "tidegate-pin":
      picked.pin = value;
  }
}
