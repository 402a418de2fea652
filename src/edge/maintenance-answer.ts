/** The answer while a whole pool is in maintenance: until when, and the operators' words, for people or for programs. */
import { PROBLEM_TYPES } from "../config/problem-types.ts";
import { maintenancePage } from "../pages/maintenance.tsx";
import { saidFor } from "../pages/site.ts";
import { wholeSeconds } from "../policy/whole-seconds.ts";
import type { PoolRuntime } from "./compiled.ts";
import { languagesOf, NEGOTIATED_VARY, wantsPage } from "./negotiate.ts";
import { pageResponse } from "./page-response.ts";
import { poolState } from "./pool-state.ts";
import { problem } from "./problem.ts";
import type { Visit } from "./visit.ts";

/** Without a known end, clients ask again after so long, seconds. */
const UNKNOWN_END_RETRY_AFTER = 300;

/** 503 with Retry-After to the second; a page for a browser's navigation, problem+json for everybody else. */
export function inMaintenance(visit: Visit, pool: PoolRuntime, nowMs: number): Response {
  const { services } = poolState(pool, nowMs);
  const ends = services.flatMap(({ endsAtMs }) => (endsAtMs === undefined ? [] : [endsAtMs]));
  // The first origin to come back can serve everybody.
  const endsAtMs = ends.length === 0 ? undefined : Math.min(...ends);
  const retryAfter =
    endsAtMs === undefined ? UNKNOWN_END_RETRY_AFTER : Math.max(1, wholeSeconds(endsAtMs - nowMs));
  const wanted = languagesOf(visit);
  const messages = services.find(({ message }) => message !== undefined)?.message;
  const headers = { "retry-after": String(retryAfter) };
  if (wantsPage(visit)) {
    const works = services.find(({ works }) => works !== undefined)?.works;
    return pageResponse(visit, {
      status: PROBLEM_TYPES.maintenance.status,
      headers,
      kind: "maintenance",
      render: (reader) => {
        const inOrder = [reader.language, ...wanted];
        return maintenancePage({
          reader,
          message: saidFor(messages, inOrder),
          works: saidFor(works, inOrder),
          endsAtMs,
        });
      },
    });
  }
  const message = saidFor(messages, wanted);
  return problem("maintenance", {
    requestId: visit.id,
    method: visit.request.method,
    ...(message === undefined ? {} : { detail: message.text }),
    headers: { ...headers, vary: NEGOTIATED_VARY },
    members: endsAtMs === undefined ? {} : { endsAt: new Date(endsAtMs).toISOString() },
  });
}
