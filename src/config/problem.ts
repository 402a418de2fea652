/** Decides what a mistake in a configuration tells: a stable code, the place, what was found and what is expected. */
import { CODES, type ProblemCode } from "./codes.ts";
import { showFound } from "./found.ts";
import { formatPath, type KeyPath } from "./paths.ts";

/** One mistake in a configuration. `line` and `column` count from 1; both are 0 when there is no text. */
export interface ConfigProblem {
  /** A stable code; docs/errors.md has a section for each. */
  code: string;
  file: string;
  line: number;
  /** In UTF-16 code units, as editors count. */
  column: number;
  /** The place as a path, such as `pools[0].origins[1].weight`; empty for the file as a whole. */
  key: string;
  /** What was found, in at most about 60 characters, without secrets. */
  found: string;
  expected: string;
  /** The mistake in one sentence, without the place. */
  message: string;
}

/** A mistake before it has a place in a text. `at` says whether the key or the value is to be pointed at. */
export interface Finding {
  code: ProblemCode;
  path: KeyPath;
  /** `parent`: the key is missing, so the table that lacks it is pointed at. */
  at: "key" | "value" | "parent";
  expected: string;
  value?: unknown;
  /** Overrides what `value` would show. */
  found?: string;
}

/** Where a finding stands: 1-based, and the source text of a number. */
export interface Spot {
  line: number;
  column: number;
  raw?: string;
}

/** The problem that a finding at this spot of this file is. */
export function toProblem(finding: Finding, spot: Spot, file: string): ConfigProblem {
  const found = finding.found ?? showFound(finding.value, finding.path, spot.raw);
  const { code, expected } = finding;
  const message = `${CODES[code].title}: expected ${expected}, found ${found}`;
  const { line, column } = spot;
  return { code, file, line, column, key: formatPath(finding.path), found, expected, message };
}

/** In the order of the file; mistakes of one place by code. The input is left as it is. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort(
    (left, right) =>
      left.line - right.line ||
      left.column - right.column ||
      compareText(left.code, right.code) ||
      compareText(left.key, right.key),
  );
}

/** One line for a terminal: `file:line:column: TG1203 key: expected …, found …`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const key = problem.key === "" ? "" : ` ${problem.key}`;
  return `${place}: ${problem.code}${key}: expected ${problem.expected}, found ${problem.found}`;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
