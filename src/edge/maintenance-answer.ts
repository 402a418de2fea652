/** The answer while a whole pool is in maintenance: until when, and the operators' words. */
import type { PoolRuntime } from "./compiled.ts";
import { poolState } from "./pool-state.ts";
import { problem } from "./problem.ts";
import type { Visit } from "./visit.ts";

/** Without a known end, clients ask again after so long, seconds. */
const UNKNOWN_END_RETRY_AFTER = 300;

/** 503 with Retry-After to the second; the window's message in the reader's language when there is one. */
export function inMaintenance(visit: Visit, pool: PoolRuntime, nowMs: number): Response {
  const { services } = poolState(pool, nowMs);
  const ends = services.flatMap(({ endsAtMs }) => (endsAtMs === undefined ? [] : [endsAtMs]));
  // The first origin to come back can serve everybody.
  const endsAtMs = ends.length === 0 ? undefined : Math.min(...ends);
  const retryAfter =
    endsAtMs === undefined ? UNKNOWN_END_RETRY_AFTER : Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000));
  const messages = services.find(({ message }) => message !== undefined)?.message;
  return problem("maintenance", {
    requestId: visit.id,
    method: visit.request.method,
    ...(messages === undefined ? {} : { detail: messageFor(messages, visit) }),
    headers: { "retry-after": String(retryAfter) },
    members: endsAtMs === undefined ? {} : { endsAt: new Date(endsAtMs).toISOString() },
  });
}

/** The first language that the reader names and the message has; else the first one written. */
function messageFor(messages: Readonly<Record<string, string>>, visit: Visit): string {
  const accepted = visit.request.headers.get("accept-language") ?? "";
  for (const part of accepted.split(",")) {
    const tag = part.split(";")[0]?.trim().toLowerCase() ?? "";
    for (const [language, text] of Object.entries(messages)) {
      const known = language.toLowerCase();
      if (tag !== "" && (known === tag || known.startsWith(`${tag}-`) || tag.startsWith(`${known}-`)))
        return text;
    }
  }
  return Object.values(messages)[0] ?? "";
}
