/** The edge's word on why there is no answer: a page for a browser's navigation, problem+json for everybody else. */
import { PROBLEM_TYPES } from "../config/problem-types.ts";
import { type Failure, failurePage } from "../pages/failure.tsx";
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
} as const satisfies Partial<Record<keyof typeof PROBLEM_TYPES, Failure>>;

export type FailureName = keyof typeof FAILURES;

export function failureAnswer(
  visit: Pick<Visit, "id"> & Reading,
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
    render: (reader) => failurePage({ failure: FAILURES[name], reader }),
  });
}
