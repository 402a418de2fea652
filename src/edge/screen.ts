/** The first stage: refuses what must not go on, whatever the route. */
import { hasLooped } from "../policy/cdn-loop.ts";
import { isWellFormedHost } from "../policy/path.ts";
import { problem } from "./problem.ts";
import { spellPath, type Visit } from "./visit.ts";

/** Methods that make a proxy echo or tunnel (RFC 9110 §9.3.6, §9.3.8). */
const REFUSED_METHODS: ReadonlySet<string> = new Set(["TRACE", "CONNECT", "TRACK"]);
const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** An answer when the request stops here; sets the visit's path otherwise. */
export function screen(visit: Visit): Response | undefined {
  const { method, url, id, picked, snapshot } = visit;
  const details = { requestId: id, method };
  if (REFUSED_METHODS.has(method)) {
    return problem("method-not-allowed", { ...details, headers: { allow: ALLOWED_METHODS } });
  }
  // The field as sent: in the runtime's URL a host such as `a/b` has become part of the path.
  if (!isWellFormedHost(picked.host ?? url.host)) {
    return problem("bad-request", { ...details, detail: "The request names no valid host." });
  }
  if (url.path === "*" && method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { allow: ALLOWED_METHODS } });
  }
  const pathProblem = spellPath(visit);
  if (pathProblem !== undefined) return problem("bad-request", { ...details, detail: pathProblem });
  if (hasLooped(picked.cdnLoop, snapshot.edge.name)) return problem("loop-detected", details);
  return undefined;
}
