/** Renders the edge's own answers as RFC 9457 problem+json; decides nothing. */
import { PROBLEM_TYPES, type ProblemName, problemUri } from "../config/problem-types.ts";

export interface ProblemDetails {
  /** The visit's id, so that a user's report finds its log line. */
  readonly requestId: string;
  readonly method: string;
  /** Replaces the type's general detail. */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem (RFC 9457 §3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
}

export function problem(
  name: ProblemName,
  { requestId, method, detail, headers, members }: ProblemDetails,
): Response {
  const type = PROBLEM_TYPES[name];
  const body = JSON.stringify({
    type: problemUri(name),
    title: type.title,
    status: type.status,
    detail: detail ?? type.detail,
    requestId,
    ...members,
  });
  return new Response(method === "HEAD" ? null : body, {
    status: type.status,
    headers: {
      "content-type": "application/problem+json",
      // An error about one moment must not be served to another.
      "cache-control": "no-store",
      ...headers,
    },
  });
}
