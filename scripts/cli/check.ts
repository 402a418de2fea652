/** `tidegate check FILE`: validates a configuration file and changes nothing. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { loadFile, readConfig } from "./config-file.ts";
import { EXIT } from "./errors.ts";

/** How strict a file is checked. */
export function environmentOption(): Option {
  return new Option("--env <name>", "production refuses http: origins that are not on this machine")
    .choices(["production", "development"])
    .default("production");
}

interface CheckOptions {
  readonly env: "production" | "development";
  readonly json?: boolean;
  readonly module?: string;
}

export function addCheck(program: Command): void {
  program
    .command("check")
    .description("validate a configuration file; every mistake with its place, and exit 1 if there is one")
    .argument("<file>", "the configuration file, usually tidegate.toml")
    .addOption(environmentOption())
    .option("--json", "print as JSON: `valid`, and every problem")
    .option("--module <file>", "write the text, the template in it, as a module for the Worker's bundle")
    .addHelpText("after", "\nExample:\n  tidegate check tidegate.toml")
    .action((file: string, { env, json, module }: CheckOptions) => {
      if (json) {
        const loaded = loadFile(file, { environment: env });
        const problems = loaded.kind === "ok" ? [] : loaded.problems;
        console.log(JSON.stringify({ valid: loaded.kind === "ok", problems }));
        if (loaded.kind !== "ok") process.exitCode = EXIT.failed;
        return;
      }
      const { text, loaded } = readConfig(file, { environment: env });
      const { config } = loaded;
      if (module !== undefined) writeModule(module, text);
      const origins = config.pools.reduce((sum, pool) => sum + pool.origins.length, 0);
      console.log(
        `${file} is valid: pools ${config.pools.length}, origins ${origins}, routes ${config.routes.length}`,
      );
    });
}

/** Whole or not at all: two builds may run at the same time. */
function writeModule(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `export default ${JSON.stringify(text)};\n`);
  renameSync(fresh, file);
}
