// What every error answer of the edge must be: RFC 9457, with a request id, and silent about the inside.
import { expect } from "vitest";
import { header, type RawResponse } from "./raw.ts";

export interface Problem {
  type: string;
  title: string;
  status: number;
  requestId: string;
}

/** Checks the form, and that none of the `inside` strings (an origin's name, host, port) is told. */
export function expectProblem(
  response: RawResponse,
  status: number,
  inside: readonly string[] = [],
): Problem {
  expect(response.status, response.body.toString()).toBe(status);
  expect(header(response, "content-type")).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(response.body.toString()) as Problem;
  expect(problem).toMatchObject({
    status,
    title: expect.stringMatching(/./),
    type: expect.stringMatching(/./),
  });
  expect(problem.requestId).toMatch(/^[\w-]{8,}$/);
  const all = `${JSON.stringify(response.headers)}\n${response.body}`;
  for (const secret of inside) expect(all).not.toContain(secret);
  expect(all).not.toMatch(/\.(ts|js):\d+|\bat \S+ \(|Error:|workerd|ECONN|jsg\./);
  return problem;
}
