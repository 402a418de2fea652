/** Commands that change a running edge's configuration: apply, weights, rollback. */
import type { Command } from "commander";
import type { Edit } from "../../src/config/edit.ts";
import { readToApply } from "./config-file.ts";
import { CommandError } from "./errors.ts";
import { planText } from "./plan-text.ts";
import { type ChangeOptions, changeOptions, runChange } from "./run-change.ts";

export function addChangeCommands(program: Command): void {
  changeOptions(program.command("apply"))
    .description("make a configuration file the one in force")
    .argument("<file>", "the configuration file")
    .addHelpText("after", "\nExample:\n  tidegate apply tidegate.toml --dry-run")
    .action((file: string, options: ChangeOptions) =>
      run({ kind: "apply", file, toml: readToApply(file) }, options),
    );

  changeOptions(program.command("weights"))
    .description("change origins' weights; origins that are not named keep theirs")
    .argument("<pool>", "the pool's name")
    .argument("<weights...>", "origin=weight, such as hk=20 sg=50")
    .addHelpText("after", "\nExample:\n  tidegate weights wallet hk=20 sg=50 --dry-run")
    .action((pool: string, weights: string[], options: ChangeOptions) =>
      run({ kind: "weights", pool, weights: parseWeights(weights) }, options),
    );

  changeOptions(program.command("rollback"))
    .description("go back to an earlier version; users come home where they were")
    .argument("<version>", "the version's number, as `tidegate history` lists it")
    .addHelpText("after", "\nExample:\n  tidegate rollback 11")
    .action((version: string, options: ChangeOptions) => {
      if (!/^[1-9]\d{0,8}$/.test(version)) throw new CommandError(`${version} is no version number`, 2);
      return run({ kind: "rollback", version: Number(version) }, options);
    });
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

function run(edit: Edit, options: ChangeOptions): Promise<void> {
  return runChange(
    {
      edit,
      before: planText,
      after: (plan) => `version ${plan.toVersion} is in force; every edge follows within a second`,
    },
    options,
  );
}
