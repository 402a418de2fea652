/** Decides how a place in the configuration is written: `pools[0].origins[1].weight`. */
import { printable } from "./printable.ts";

/** Keys of tables and indexes of lists, from the outside in. */
export type KeyPath = readonly (string | number)[];

/** The path as text; keys that TOML would have to quote are quoted. The root is the empty text. */
export function formatPath(path: KeyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += `${text === "" ? "" : "."}${formatKey(part)}`;
  }
  return text;
}

function formatKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : printable(JSON.stringify(key));
}
