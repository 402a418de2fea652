/** The edge's word on why there is no answer: a page for a browser's navigation, problem+json for everybody else. */
import { PROBLEM_TYPES } from "../config/problem-types.ts";
import { type Failure, failurePage } from "../pages/failure.tsx";
import { METHOD_OVERRIDE_HEADERS, methodClass } from "../policy/retry.ts";
import { wantsPage } from "./negotiate.ts";
import { pageResponse } from "./page-response.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./reader.ts";
import type { Visit } from "./visit.ts";

/** Each problem that people may meet, and what its page says. */
const FAILURES = {
  busy: "busy",
  "no-origin": "busy",
  "origin-unreachable": "unreachable",
  "origin-timeout": "timeout",
  "outcome-unknown": "outcome-unknown",
  "internal-error": "error",
  "not-configured": "busy",
} as const satisfies Partial<Record<keyof typeof PROBLEM_TYPES, Failure>>;

export type FailureName = keyof typeof FAILURES;

/** What of a visit these answers need. */
type Asking = Pick<Visit, "id"> & Reading;

export function failureAnswer(
  visit: Asking,
  name: FailureName,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { method, headers: fields } = visit.request;
  // A handshake is no navigation, whatever it accepts.
  if (fields.has("upgrade") || !wantsPage(visit))
    return problem(name, { requestId: visit.id, method, headers });
  return pageResponse(visit, {
    status: PROBLEM_TYPES[name].status,
    headers,
    kind: "failure",
    render: (reader) => {
      // How far a request came that the edge failed on, nobody knows.
      const isUnknown = name === "internal-error" && !isSafe(visit.request);
      const failure = isUnknown ? "outcome-unknown" : FAILURES[name];
      return failurePage({ failure, reader, reference: { id: visit.id, atMs: Date.now() } });
    },
  });
}

/** After an exception, which may have come from anywhere: what cannot be told as a page is told as to a program. */
export function edgeFailed(visit: Asking): Response {
  try {
    return failureAnswer(visit, "internal-error");
  } catch {
    return problem("internal-error", { requestId: visit.id, method: visit.request.method });
  }
}

function isSafe({ method, headers }: Request): boolean {
  const overrides = [...METHOD_OVERRIDE_HEADERS].flatMap((name) => headers.get(name) ?? []);
  return methodClass(method, overrides) === "safe";
}
