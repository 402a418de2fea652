import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../scripts/cli/program.ts";
import type { ENDPOINTS } from "../../src/config/admin/endpoints.ts";

const all = commandsOf(buildProgram());

const OF_WRITES = ["--dry-run", "--yes", "--reason"];
const isOfWrites = (long: string | undefined) => long !== undefined && OF_WRITES.includes(long);

type Writes = {
  [Name in keyof typeof ENDPOINTS]: (typeof ENDPOINTS)[Name] extends { isWrite: true } ? Name : never;
}[keyof typeof ENDPOINTS];

/** A write that is added to the API does not compile here until its command is named. */
const COMMANDS_OF_WRITES: Readonly<Record<Writes, readonly string[]>> = {
  change: [
    "weights",
    "rollback",
    "drain",
    "undrain",
    "maintenance add",
    "maintenance cancel",
    "room",
    "announce add",
    "announce cancel",
  ],
  apply: ["apply"],
  importState: ["import"],
  addToken: ["token add"],
  revokeToken: ["token revoke"],
  endSession: ["session end"],
  pin: ["pin"],
};

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
      .filter((command) => command.options.some(({ long }) => isOfWrites(long)))
      .map((command) => [nameOf(command), command] as const),
  )("lets a write be tried, answered and given a reason: %s", (_, command) => {
    expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(OF_WRITES));
  });

  it.each(Object.entries(COMMANDS_OF_WRITES).flatMap(([write, names]) => names.map((name) => [write, name])))(
    "knows a command for each write of the API, as one that writes: %s by %s",
    (_, name) => {
      const command = all.find((one) => nameOf(one) === `tidegate ${name}`);
      expect(command?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(OF_WRITES));
    },
  );

  it("writes its exit codes down", () => {
    expect(helpOf(buildProgram())).toMatch(/Exit codes: 0 .* 1 .* 2 .* 3 .* 4 .*5 /s);
  });
});
