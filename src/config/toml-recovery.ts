/** Decides how many syntax errors of a TOML text can be told at once, and what can still be checked besides. */
import { CODES } from "./codes.ts";
import { maskSecrets, shorten } from "./found.ts";
import type { ConfigProblem } from "./problem.ts";
import { parseTomlText, type TomlDocument, type TomlError } from "./toml.ts";

export type ReadToml =
  | { kind: "ok"; document: TomlDocument }
  | { kind: "broken"; problems: ConfigProblem[]; rest: TomlDocument | undefined };

/** More syntax errors than a person repairs at once are noise. */
const MAX_ERRORS = 20;

/**
 * Parses, and after an error blanks its line and parses again, so that one run tells them all. It stops where
 * blanking would make up errors: at a table's header (the keys below would land in another table) and at a line
 * that may be a piece of something longer. `rest` is what could be read without the blanked lines; keys that
 * seem missing in it may just be on one of them.
 */
export function readToml(text: string, file: string): ReadToml {
  const problems: ConfigProblem[] = [];
  const lines = text.split("\n");
  while (problems.length < MAX_ERRORS) {
    const parsed = parseTomlText(lines.join("\n"));
    if (parsed.kind === "ok") {
      return problems.length === 0 ? parsed : { kind: "broken", problems, rest: parsed.document };
    }
    const content = lines[parsed.spot.line - 1] ?? "";
    problems.push(toProblem(parsed, content, file));
    if (!standsAlone(content)) break;
    // Of the same length, so that what stands behind it keeps its place.
    lines[parsed.spot.line - 1] = " ".repeat(content.length);
  }
  return { kind: "broken", problems, rest: undefined };
}

/** Whether a broken line is a pair of its own: it begins with a key and opens nothing that it does not close. */
function standsAlone(line: string): boolean {
  const closed = count(line, /[[{]/g) <= count(line, /[\]}]/g);
  return /^\s*(?:[A-Za-z_]|["'][^"']*["']\s*[.=])/.test(line) && closed && !/"""|'''/.test(line);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function toProblem(error: TomlError, content: string, file: string): ConfigProblem {
  const found = shorten(hideValue(content.trim())) || "the end of the file";
  const expected = error.duplicate ? "each key once" : `valid TOML (${error.message})`;
  const code = error.duplicate ? "TG1002" : "TG1001";
  const { line, column } = error.spot;
  const message = `${CODES[code].title}: expected ${expected}, found ${found}`;
  return { code, file, line, column, key: "", found, expected, message };
}

/** A broken line may hold anything, also a secret: a secret's key hides the value, and URLs lose credentials. */
function hideValue(content: string): string {
  if (/secret|token|passw|credential|authorization|sha256|api_keys/i.test(content)) {
    return content.replace(/=.*$/s, "= ***");
  }
  return content.replace(/\S+/g, (word) =>
    word.includes("@") ? word.replace(/\S*@/, "***@") : maskSecrets(word),
  );
}
