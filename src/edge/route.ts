/** The stage that finds the route: the first that fits host, path and method. */
import { problem } from "./problem.ts";
import type { Visit } from "./visit.ts";

/** 404 when no route fits; sets the visit's route and pool otherwise. */
export function route(visit: Visit): Response | undefined {
  const { method, snapshot, url, path, id } = visit;
  const index = snapshot.match.match(url.host, path, method);
  const found = index === undefined ? undefined : snapshot.routes[index];
  if (found === undefined) return problem("no-route", { requestId: id, method });
  visit.route = found;
  visit.pool = found.pool;
  return undefined;
}
