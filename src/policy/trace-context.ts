/** Whether a request continues its caller's trace or starts one: W3C Trace Context (Recommendation, level 1). */

/** So many random bytes as lower-case hexadecimal. */
export type RandomHex = (bytes: number) => string;

export interface Trace {
  readonly kind: "continued" | "restarted";
  /** 32 hexadecimal digits, for logs and for every attempt at an origin. */
  readonly traceId: string;
  /** `01` when the caller recorded the trace, else `00`. */
  readonly flags: "00" | "01";
  readonly tracestate: string | undefined;
}

const TRACE_ID_BYTES = 16;
const PARENT_ID_BYTES = 8;
/** §3.3.1.1: a list has at most 32 members. */
export const MAX_TRACESTATE_MEMBERS = 32;

// §3.2.2. Hexadecimal digits are lower case; the runtime joins a second header with a comma, which fits nothing here.
const TRACEPARENT = /^[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*$/;
const ALL_ZERO = /^0+$/;
const SAMPLED = 1;

// §3.3.1.3: simple key, or tenant@system; a value of 1 to 256 printable characters without comma and equals sign,
// not ending in a space.
const KEY = "[a-z][a-z0-9_\\-*/]{0,255}|[a-z0-9][a-z0-9_\\-*/]{0,240}@[a-z][a-z0-9_\\-*/]{0,13}";
const MEMBER = new RegExp(`^(${KEY})=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]$`);

/**
 * The trace that a request belongs to (§4.3 processing model). An absent or invalid traceparent starts a new trace, not
 * sampled ("0 as the default option when the trace is initiated by this component", §3.2.2.5.1), and drops tracestate.
 */
export function continueTrace(
  traceparent: string | undefined,
  tracestate: string | undefined,
  random: RandomHex,
): Trace {
  const fields = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
  if (fields === null) return newTrace(random);
  const [, version = "", traceId = "", parentId = "", flags = "", extra] = fields;
  if (version === "ff" || (version === "00" && extra !== undefined)) return newTrace(random);
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(parentId)) return newTrace(random);
  return {
    kind: "continued",
    traceId,
    flags: Number.parseInt(flags, 16) & SAMPLED ? "01" : "00",
    tracestate: tracestate === undefined ? undefined : cleanTracestate(tracestate),
  };
}

/** The traceparent of one attempt: each gets its own parent id. Written as version 00, the one that the edge knows. */
export function attemptTraceparent(trace: Trace, random: RandomHex): string {
  return `00-${trace.traceId}-${nonZero(random(PARENT_ID_BYTES))}-${trace.flags}`;
}

/**
 * The tracestate to pass on, or undefined: empty members left out, at most 32 kept from the left (the right end is the
 * oldest, §3.3.1.5); a malformed member or a key that stands twice makes all of it worthless.
 */
export function cleanTracestate(tracestate: string): string | undefined {
  const keys = new Set<string>();
  const members: string[] = [];
  for (const part of tracestate.split(",")) {
    const member = part.trim();
    if (member === "") continue;
    const key = MEMBER.exec(member)?.[1];
    if (key === undefined || keys.has(key)) return undefined;
    keys.add(key);
    if (members.length < MAX_TRACESTATE_MEMBERS) members.push(member);
  }
  return members.length === 0 ? undefined : members.join(",");
}

function newTrace(random: RandomHex): Trace {
  return {
    kind: "restarted",
    traceId: nonZero(random(TRACE_ID_BYTES)),
    flags: "00",
    tracestate: undefined,
  };
}

/** §3.2.2.3 and §3.2.2.4: an id of zeros alone is invalid. */
function nonZero(hex: string): string {
  return ALL_ZERO.test(hex) ? `${hex.slice(0, -1)}1` : hex;
}
