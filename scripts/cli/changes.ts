/** Commands that change a running edge: they show what will change, ask on a terminal, then do it. */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { ChangeAnswer } from "../../src/config/control-api.ts";
import type { Edit } from "../../src/config/edit.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { problemReport, readText } from "./config-file.ts";
import { CommandError } from "./errors.ts";
import { planText } from "./plan-text.ts";

interface ChangeOptions extends AdminOptions {
  yes?: boolean;
  dryRun?: boolean;
  reason: string;
  json?: boolean;
}

export function addChangeCommands(program: Command): void {
  change(program.command("apply"))
    .description("make a configuration file the one in force")
    .argument("<file>", "the configuration file")
    .addHelpText("after", "\nExample:\n  tidegate apply tidegate.toml --dry-run")
    .action((file: string, options: ChangeOptions) =>
      run({ kind: "apply", file, toml: readText(file) }, options),
    );

  change(program.command("weights"))
    .description("change origins' weights; origins that are not named keep theirs")
    .argument("<pool>", "the pool's name")
    .argument("<weights...>", "origin=weight, such as hk=20 sg=50")
    .addHelpText("after", "\nExample:\n  tidegate weights wallet hk=20 sg=50 --dry-run")
    .action((pool: string, weights: string[], options: ChangeOptions) =>
      run({ kind: "weights", pool, weights: parseWeights(weights) }, options),
    );

  change(program.command("rollback"))
    .description("go back to an earlier version; users come home where they were")
    .argument("<version>", "the version's number, as `tidegate history` lists it")
    .addHelpText("after", "\nExample:\n  tidegate rollback 11")
    .action((version: string, options: ChangeOptions) => {
      if (!/^[1-9]\d{0,8}$/.test(version)) throw new CommandError(`${version} is no version number`, 2);
      return run({ kind: "rollback", version: Number(version) }, options);
    });
}

function change(command: Command): Command {
  return withUrl(command)
    .option("--yes", "do it without asking")
    .option("--dry-run", "show what would change and stop")
    .option("--reason <text>", "why, for the history", "")
    .option("--json", "print the answer as JSON");
}

/** `a=40 b=60` as a record. @throws on anything else, or on a name that stands twice */
export function parseWeights(words: readonly string[]): Record<string, number> {
  const weights = new Map<string, number>();
  for (const word of words) {
    const parts = /^([^=]+)=(\d+)$/.exec(word);
    const name = parts?.[1];
    if (name === undefined)
      throw new CommandError(`"${word}" is not of the form origin=weight, such as hk=20`, 2);
    if (weights.has(name)) throw new CommandError(`${name} has two weights`, 2);
    weights.set(name, Number(parts?.[2]));
  }
  return Object.fromEntries(weights);
}

async function run(edit: Edit, options: ChangeOptions): Promise<void> {
  const client = new AdminClient(options);
  const show = (answer: ChangeAnswer, text: string) =>
    console.log(options.json ? JSON.stringify(answer) : text);
  const { version } = await client.status();
  const planned = await client.change(edit, version, { dryRun: true, reason: options.reason });
  if (planned.kind === "unchanged")
    return show(planned, `nothing to change: version ${planned.version} is like that already`);
  if (planned.kind !== "planned") throw new CommandError(failure(planned));
  if (options.dryRun) return show(planned, `${planText(planned.plan)}\ndry run: nothing was changed`);
  if (!options.json) console.log(planText(planned.plan));
  if (!(await confirmed(options))) throw new CommandError("nothing was changed");
  const applied = await client.change(edit, version, { dryRun: false, reason: options.reason });
  if (applied.kind !== "applied") throw new CommandError(failure(applied));
  show(applied, `version ${applied.plan.toVersion} is in force; every edge follows within a second`);
}

/** Asks on a terminal only: a script has nobody to answer, and has seen to it with the command itself. */
async function confirmed(options: ChangeOptions): Promise<boolean> {
  if (options.yes || !process.stdin.isTTY || !process.stdout.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const reply = await terminal.question("Do it? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(reply.trim());
}

function failure(answer: ChangeAnswer): string {
  switch (answer.kind) {
    case "invalid":
      return problemReport(answer.problems);
    case "conflict":
      return `somebody else changed the configuration meanwhile: version ${answer.version} is in force. Look at it (tidegate history), then try again; nothing was changed`;
    case "no-such-version":
      return `there is no version ${answer.version}; tidegate history lists them`;
    default:
      return `unexpected answer: ${answer.kind}`;
  }
}
