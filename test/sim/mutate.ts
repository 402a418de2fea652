/** Puts a mistake into the code. */
import type { Mutation } from "./mutations.ts";

/** A mutation's source text of a file; undefined for a file that it leaves as it is. */
export function mutated({ edits }: Mutation, path: string, source: string): string | undefined {
  const own = edits.filter(({ file }) => path.endsWith(`/${file}`));
  if (own.length === 0) return undefined;
  let text = source;
  for (const { file, from, to } of own) {
    // A mutation that does not apply any more would pass for one that nobody notices.
    if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand exactly once in ${file}`);
    text = text.replace(from, () => to);
  }
  return text;
}
