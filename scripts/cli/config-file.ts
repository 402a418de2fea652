/** Reads a configuration file for a command. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  type ConfigProblem,
  formatProblem,
  type Loaded,
  type LoadOptions,
  loadConfig,
} from "../../src/config/load.ts";
import {
  type FileRead,
  type Inlined,
  inlineTemplate,
  templateFileOf,
} from "../../src/config/template-file.ts";
import { CommandError } from "./errors.ts";

/** The file's text; says what is wrong when it cannot be read. */
export function readText(file: string): string {
  const read = readFile(file);
  if (read.kind === "ok") return read.text;
  throw new CommandError(`cannot read ${file}: ${read.why}`);
}

/** The file's text as an edge can read it: with the template in the place of its file's name. */
function readInlined(file: string): Inlined {
  // A byte order mark is no part of the first line.
  const text = readText(file).replace(/^\uFEFF/, "");
  return inlineTemplate(text, file, (name) => besides(file, name), readFile);
}

/** @throws what is wrong with the template's file */
export function readToApply(file: string): string {
  const inlined = readInlined(file);
  if (inlined.kind === "ok") return inlined.text;
  throw new CommandError(problemReport([inlined.problem]));
}

/** Every problem of a file and of the template that it names. */
export function loadFile(file: string, options: Omit<LoadOptions, "file">): Loaded & { text: string } {
  const inlined = readInlined(file);
  const text = inlined.kind === "ok" ? inlined.text : readText(file);
  const loaded = loadConfig(text, { ...options, file });
  if (inlined.kind === "ok") return { text, ...loaded };
  const { problem } = inlined;
  const others = loaded.kind === "ok" ? [] : loaded.problems.filter(({ key }) => key !== problem.key);
  return { kind: "invalid", problems: [problem, ...others], text };
}

/** Text and configuration of a valid file; otherwise fails with every problem, one line each. */
export function readConfig(
  file: string,
  options: Omit<LoadOptions, "file">,
): { text: string; loaded: Extract<Loaded, { kind: "ok" }> } {
  const { text, ...loaded } = loadFile(file, options);
  if (loaded.kind === "ok") return { text, loaded };
  throw new CommandError(problemReport(loaded.problems));
}

/** The files that a configuration is made of, to be watched. */
export function filesOf(file: string): string[] {
  const read = readFile(file);
  const template = read.kind === "ok" ? templateFileOf(read.text) : undefined;
  return [file, ...(template === undefined ? [] : [besides(file, template)])].map((name) => resolve(name));
}

/** One line a problem, and how many. */
export function problemReport(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [...problems.map(formatProblem), `${count}; docs/errors.md explains each code`].join("\n");
}

function readFile(file: string): FileRead {
  try {
    return { kind: "ok", text: readFileSync(file, "utf8") };
  } catch (error) {
    return { kind: "unreadable", why: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function besides(file: string, name: string): string {
  return resolve(name) === name ? name : join(dirname(file), name);
}
