import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../scripts/cli/program.ts";

const all = commandsOf(buildProgram());

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

function helpOf(command: Command): string {
  let help = "";
  const keep = (text: string) => {
    help += text;
  };
  command.configureOutput({ writeOut: keep, writeErr: keep });
  command.outputHelp();
  return help;
}

describe("the command's help", () => {
  it.each(all.map((command) => [nameOf(command), command] as const))(
    "has an example: %s",
    (name, command) => {
      const help = helpOf(command);
      expect(help).toMatch(/\nExamples?:\n/);
      expect(help.slice(help.indexOf("\nExample"))).toContain(name);
    },
  );

  it.each(
    all
      .filter((command) => command.commands.length === 0 && command.name() !== "completion")
      .map((command) => [nameOf(command), command] as const),
  )("offers JSON: %s", (_, command) => {
    const levels = [command, command.parent].flatMap((one) => one?.options ?? []);
    expect(levels.map(({ long }) => long)).toContain("--json");
  });

  it.each(
    all
      .filter((command) => command.options.some(({ long }) => long === "--dry-run" || long === "--yes"))
      .map((command) => [nameOf(command), command] as const),
  )("tells the reason's option for what changes something: %s", (_, command) => {
    expect(command.options.map(({ long }) => long)).toContain("--reason");
  });

  it("writes its exit codes down", () => {
    expect(helpOf(buildProgram())).toMatch(/Exit codes: 0 .* 1 .* 2 .* 3 .* 4 .*5 /s);
  });
});
