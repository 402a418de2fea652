/** Reads a configuration file for a command. */
import { readFileSync } from "node:fs";
import { formatProblem, type Loaded, type LoadOptions, loadConfig } from "../../src/config/load.ts";
import { CommandError } from "./errors.ts";

/** The file's text; says what is wrong when it cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

/** Text and configuration of a valid file; otherwise fails with every problem, one line each. */
export function readConfig(
  file: string,
  options: Omit<LoadOptions, "file">,
): { text: string; loaded: Extract<Loaded, { kind: "ok" }> } {
  const text = readText(file);
  const loaded = loadConfig(text, { ...options, file });
  if (loaded.kind === "ok") return { text, loaded };
  throw new CommandError(problemReport(loaded.problems));
}

/** One line a problem, and how many. */
export function problemReport(problems: readonly Parameters<typeof formatProblem>[0][]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [...problems.map(formatProblem), `${count}; docs/errors.md explains each code`].join("\n");
}
