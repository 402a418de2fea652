/** Decides how tests write a file with a mistake: a good file with one part changed, `¦` before the expected place. */
import { expect, it } from "vitest";
import { type ConfigProblem, type LoadOptions, loadConfig } from "../../src/config/load.ts";

export const OPTIONS: LoadOptions = { file: "tidegate.toml", environment: "production" };

/** The parts of a file; each replaces the good one. */
export interface Parts {
  top?: string;
  /** Lines of the first pool besides its name. */
  pool?: string;
  /** The whole of the first origin. */
  origin?: string;
  /** Lines of the first origin besides name and URL. */
  more?: string;
  /** Tables after the first origin. */
  after?: string;
  /** The whole of the first route. */
  route?: string;
  /** Lines of the first route besides path and pool. */
  match?: string;
  /** Tables at the end. */
  end?: string;
}

/** A good file with the given parts in it. */
export function file(parts: Parts): string {
  const origin = parts.origin ?? 'name = "hk"\nurl = "https://hk.example"';
  const route = parts.route ?? 'path = "/api/*"\npool = "wallet"';
  return [
    parts.top,
    "[[pools]]",
    'name = "wallet"',
    parts.pool,
    "[[pools.origins]]",
    origin,
    parts.more,
    parts.after,
    "[[routes]]",
    route,
    parts.match,
    parts.end,
  ]
    .filter((part) => part !== undefined)
    .join("\n");
}

/** Takes the `¦` out of a text and tells where it stood, counted from 1. */
export function unmark(marked: string): { text: string; line: number; column: number } {
  const index = marked.indexOf("¦");
  const before = marked.slice(0, index);
  const line = before.split("\n").length;
  return { text: marked.replace("¦", ""), line, column: index - before.lastIndexOf("\n") };
}

export function problemsOf(text: string, options: Partial<LoadOptions> = {}): ConfigProblem[] {
  const loaded = loadConfig(text, { ...OPTIONS, ...options });
  return loaded.kind === "ok" ? [] : loaded.problems;
}

/** A mistake: what it is, the file with its place marked, and what the problem has to say. */
export interface Mistake {
  what: string;
  toml: string;
  code: string;
  key: string;
  found: string;
  expected: string;
  options?: Partial<LoadOptions>;
}

export function mistake(
  what: string,
  parts: Parts | string,
  [code, key, found, expected]: readonly [code: string, key: string, found: string, expected: string],
  options?: Partial<LoadOptions>,
): Mistake {
  const toml = typeof parts === "string" ? parts : file(parts);
  return { what, toml, code, key, found, expected, ...(options === undefined ? {} : { options }) };
}

/** One test for each mistake: exactly one problem, in exactly that place. */
export function checkMistakes(mistakes: readonly Mistake[]): void {
  it.each(mistakes)("$what: $code", ({ toml, code, key, found, expected, options }) => {
    const { text, line, column } = unmark(toml);
    const problems = problemsOf(text, options);
    expect(problems.map((problem) => [problem.code, problem.key, problem.line, problem.column])).toEqual([
      [code, key, line, column],
    ]);
    expect(problems[0]?.file).toBe("tidegate.toml");
    expect(problems[0]?.found).toContain(found);
    expect(problems[0]?.expected).toContain(expected);
    expect(problems[0]?.found.length).toBeLessThanOrEqual(75);
  });
}
