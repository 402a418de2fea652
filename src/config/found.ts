/** Decides how a wrong value is shown: short, safe on a terminal, and never a secret. */
import type { KeyPath } from "./paths.ts";
import { printable } from "./printable.ts";

const MAX_SHOWN = 60;
/** Values under such keys are not shown, whatever they are: somebody may have put a secret into the wrong place. */
const SECRET_KEY = /secret|token|passw|credential|authorization|sha256|^headers$/i;

/**
 * What was found, in at most about 60 characters. `raw` is the number as written in the file, which tells more
 * than the number that the parser made of it.
 */
export function showFound(value: unknown, path: KeyPath, raw?: string): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") {
    if (isSecretPlace(path)) return `a text of ${value.length} characters (not shown)`;
    return shorten(JSON.stringify(maskSecrets(value)));
  }
  if (typeof value === "number") return shorten(raw ?? showNumber(value));
  if (typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return showTable(value);
  return `a ${typeof value}`;
}

/** A key as found in the file, quoted and shortened. */
export function showKey(key: string): string {
  return shorten(JSON.stringify(maskSecrets(key)));
}

/** Hides what stands before an `@` of a URL, and the values of its query. */
export function maskSecrets(text: string): string {
  if (!/^\s*[A-Za-z][A-Za-z0-9+.-]*:|@/.test(text)) return text;
  return text.replace(/^(\s*[A-Za-z][A-Za-z0-9+.-]*:[/\\]*)?.*@/s, "$1***@").replace(/\?.+$/s, "?***");
}

/** Cuts to about 60 characters and escapes what could move a terminal's cursor or the reading direction. */
export function shorten(text: string): string {
  const characters = [...text];
  const short = characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN - 1).join("")}…` : text;
  return printable(short);
}

/** Whether what stands there may be a secret. */
export function isSecretPlace(path: KeyPath): boolean {
  return path.some((part) => typeof part === "string" && SECRET_KEY.test(part));
}

/** Non-finite numbers as TOML writes them. */
function showNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "inf" : "-inf";
}

function showTable(value: object): string {
  const keys = Object.keys(value);
  return keys.length === 0 ? "an empty table" : shorten(`a table with ${keys.join(", ")}`);
}
