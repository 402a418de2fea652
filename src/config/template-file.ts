/** Decides where a configuration names its template's file, and what its text is with the template in that place. */
import { isTemplateFile, type TemplateMistake, templateMistake } from "./page-slots.ts";
import { type ConfigProblem, type Finding, type Spot, toProblem } from "./problem.ts";
import { readToml } from "./toml-recovery.ts";

const KEY = ["page", "template"] as const;

interface Named {
  /** As written, seen from the configuration's folder. */
  readonly name: string;
  readonly spot: Spot;
  readonly range: readonly [start: number, end: number];
}

/** What came of reading a file that a configuration names. */
export type FileRead =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "unreadable"; readonly why: string };

export type Inlined =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "invalid"; readonly problem: ConfigProblem };

/** The name of the template's file; undefined where the template is written out, or where there is none. */
export function templateFileOf(text: string): string | undefined {
  return named(text)?.name;
}

/**
 * The text with the template instead of its file's name; the same text where none is named. The template becomes one
 * line, so that every line below keeps its number.
 *
 * @param pathOf the file's name for messages
 */
export function inlineTemplate(
  text: string,
  file: string,
  pathOf: (name: string) => string,
  read: (path: string) => FileRead,
): Inlined {
  const found = named(text);
  if (found === undefined) return { kind: "ok", text };
  const path = pathOf(found.name);
  const template = read(path);
  if (template.kind === "unreadable") {
    const expected = `a template, or the name of its file; ${path} cannot be read: ${template.why}`;
    const finding: Finding = { code: "TG2112", path: [...KEY], at: "value", expected, value: found.name };
    return { kind: "invalid", problem: toProblem(finding, found.spot, file) };
  }
  const mistake = mistakeOf(template.text);
  if (mistake !== undefined) {
    const { expected, at } = mistake;
    const finding: Finding = { code: "TG2110", path: [...KEY], at: "value", expected, value: template.text };
    return { kind: "invalid", problem: toProblem(finding, spotAt(template.text, at), path) };
  }
  const [start, end] = found.range;
  // Of ASCII a JSON string is a TOML string.
  return { kind: "ok", text: text.slice(0, start) + JSON.stringify(template.text) + text.slice(end) };
}

/** A file that has no `<` names nothing further. */
function mistakeOf(template: string): TemplateMistake | undefined {
  if (isTemplateFile(template)) return { expected: "<!doctype html> at the beginning", at: 0 };
  return templateMistake(template);
}

function named(text: string): Named | undefined {
  const read = readToml(text, "");
  const document = read.kind === "ok" ? read.document : read.rest;
  const { template } = (document?.data.page ?? {}) as { template?: unknown };
  const range = document?.rangeOf(KEY);
  if (document === undefined || typeof template !== "string" || range === undefined) return undefined;
  if (!isTemplateFile(template)) return undefined;
  return { name: template, spot: document.locate(KEY, "value"), range };
}

/** Where something is missing, no line of the file is to blame. */
function spotAt(text: string, at: number | undefined): Spot {
  if (at === undefined) return { line: 0, column: 0 };
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}
