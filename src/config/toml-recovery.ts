/** Decides how many syntax errors of a TOML text can be told at once, and what can still be checked besides. */
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
 * blanking would make up errors: at a table's header (the keys below would land in another table) and where the
 * next error is on the line right below (the rest of something that spans lines). `rest` is what could be read
 * without the blanked lines; keys that seem missing in it may just be on one of them.
 */
export function readToml(text: string, file: string): ReadToml {
  const problems: ConfigProblem[] = [];
  const lines = text.split("\n");
  let lastLine: number | undefined;
  while (problems.length < MAX_ERRORS) {
    const parsed = parseTomlText(lines.join("\n"));
    if (parsed.kind === "ok") {
      return problems.length === 0 ? parsed : { kind: "broken", problems, rest: parsed.document };
    }
    const { line } = parsed.spot;
    if (lastLine !== undefined && (line === lastLine + 1 || line <= lastLine) && !parsed.duplicate) break;
    const content = lines[line - 1] ?? "";
    problems.push(toProblem(parsed, content, file));
    if (content.trim() === "" || content.trimStart().startsWith("[")) break;
    lines[line - 1] = "";
    lastLine = line;
  }
  return { kind: "broken", problems, rest: undefined };
}

function toProblem(error: TomlError, content: string, file: string): ConfigProblem {
  const found = shorten(hideValue(content.trim())) || "the end of the file";
  const expected = error.duplicate ? "each key once" : `valid TOML (${error.message})`;
  const code = error.duplicate ? "TG1002" : "TG1001";
  const title = error.duplicate ? "A key is set twice" : "The file is not valid TOML";
  const { line, column } = error.spot;
  const message = `${title}: expected ${expected}, found ${found}`;
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
