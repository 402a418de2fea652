/** Why a command was given: what its user says, else the command itself. */
import type { Command } from "commander";

const MAX_LENGTH = 500;
let given = "tidegate";

/** Remembers the command that is about to run: its name and arguments, none of its options. */
export function noteCommand(command: Command): void {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the audit keeps one line of plain text
  const words = [...names, ...command.args].join(" ").replace(/[\u0000-\u001F\u007F]/g, " ");
  given = words.slice(0, MAX_LENGTH);
}

export function reasonOf({ reason }: { readonly reason?: string }): string {
  return reason === undefined || reason.trim() === "" ? given : reason;
}
