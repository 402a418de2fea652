/** The public status page, for people and for programs: from what this edge knows already, so a view costs no call. */
import { windowsOf } from "../config/window-list.ts";
import { saidFor } from "../pages/site.ts";
import { type PartStatus, statusPage } from "../pages/status.tsx";
import type { HourlyMost } from "../policy/waiting-history.ts";
import type { PoolRuntime } from "./compiled.ts";
import { languagesOf, NEGOTIATED_VARY, pageLanguage, wantsPage } from "./negotiate.ts";
import { pageResponse } from "./page-response.ts";
import { poolState } from "./pool-state.ts";
import type { Visit } from "./visit.ts";

export const STATUS_PATH = "/.tidegate/status";

/** What rooms know of a pool's line; left out while nobody can tell. */
export interface PoolLine {
  readonly waiting: number;
  readonly estimatedWaitSeconds: { readonly low: number; readonly high: number } | null;
  readonly history: HourlyMost | undefined;
}

/** How many windows to come are told. */
const MAX_PLANNED = 3;

type Asking = Pick<Visit, "request" | "path" | "snapshot">;

/** Undefined for every other path, and for all where `[page.status]` is not written. */
export function statusAnswer(
  visit: Asking,
  lineOf: (pool: string) => PoolLine | undefined = () => undefined,
): Response | undefined {
  const { request, path, snapshot } = visit;
  const { status } = snapshot.page;
  if (path !== STATUS_PATH || status === undefined) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const nowMs = Date.now();
  const wanted = [pageLanguage(visit), ...languagesOf(visit)];
  const parts = snapshot.pools.flatMap((pool) => {
    const names = Object.hasOwn(status.pools, pool.name) ? status.pools[pool.name] : undefined;
    if (names === undefined) return [];
    const line = status.figures ? lineOf(pool.name) : withoutFigures(lineOf(pool.name));
    return [partOf(visit, pool, saidFor(names, wanted)?.text ?? "", line, nowMs)];
  });
  if (wantsPage(visit)) {
    const render = (reader: Parameters<typeof statusPage>[0]["reader"]) =>
      statusPage({ parts, reader, nowMs });
    return pageResponse(visit, { status: 200, headers: {}, kind: "status", render });
  }
  const body = JSON.stringify({ at: new Date(nowMs).toISOString(), parts });
  return new Response(request.method === "HEAD" ? null : body, {
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      "x-content-type-options": "nosniff",
      vary: `${NEGOTIATED_VARY}, Cookie`,
    },
  });
}

function partOf(
  { snapshot }: Asking,
  pool: PoolRuntime,
  name: string,
  line: Partial<PoolLine> & { isBusy?: boolean } = {},
  nowMs: number,
): PartStatus {
  const { kind, services } = poolState(pool, nowMs);
  const ends = services.flatMap(({ endsAtMs }) => (endsAtMs === undefined ? [] : [endsAtMs]));
  // A window of one origin is nothing that people notice, and would tell of the inside.
  const planned = windowsOf(snapshot.source, nowMs)
    .filter(({ pool: of, origin, state }) => of === pool.name && origin === undefined && state !== "active")
    .filter(({ endMs }) => Number.isFinite(endMs))
    .slice(0, MAX_PLANNED)
    .map(({ startMs, endMs }) => ({ startsAt: iso(startMs), endsAt: iso(endMs) }));
  if (kind === "maintenance") {
    const endsAt = ends.length === 0 ? {} : { endsAt: iso(Math.min(...ends)) };
    return { name, state: "maintenance", ...endsAt, planned, ...historyOf(line) };
  }
  const { waiting = 0, estimatedWaitSeconds } = line;
  const isBusy = kind === "panic" || waiting > 0 || line.isBusy === true;
  return {
    name,
    state: isBusy ? "busy" : "normal",
    ...(waiting > 0 ? { waiting } : {}),
    ...(waiting > 0 && estimatedWaitSeconds ? { estimatedWaitSeconds } : {}),
    planned,
    ...historyOf(line),
  };
}

/** Whether people wait, and nothing of how many. */
function withoutFigures(line: PoolLine | undefined): { isBusy: boolean } {
  return { isBusy: line !== undefined && line.waiting > 0 };
}

function historyOf({ history }: Partial<PoolLine>): Pick<PartStatus, "history"> {
  return history === undefined ? {} : { history };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
