/** `tidegate check FILE`: validates a configuration file and changes nothing. */
import { type Command, Option } from "commander";
import { loadConfig } from "../../src/config/load.ts";
import { readConfig, readText } from "./config-file.ts";
import { EXIT } from "./errors.ts";

/** How strict a file is checked. */
export function environmentOption(): Option {
  return new Option("--env <name>", "production refuses http: origins that are not on this machine")
    .choices(["production", "development"])
    .default("production");
}

export function addCheck(program: Command): void {
  program
    .command("check")
    .description("validate a configuration file; every mistake with its place, and exit 1 if there is one")
    .argument("<file>", "the configuration file, usually tidegate.toml")
    .addOption(environmentOption())
    .option("--json", "print as JSON: `valid`, and every problem")
    .addHelpText("after", "\nExample:\n  tidegate check tidegate.toml")
    .action((file: string, { env, json }: { env: "production" | "development"; json?: boolean }) => {
      if (json) {
        const loaded = loadConfig(readText(file), { environment: env, file });
        const problems = loaded.kind === "ok" ? [] : loaded.problems;
        console.log(JSON.stringify({ valid: loaded.kind === "ok", problems }));
        if (loaded.kind !== "ok") process.exitCode = EXIT.failed;
        return;
      }
      const { config } = readConfig(file, { environment: env }).loaded;
      const origins = config.pools.reduce((sum, pool) => sum + pool.origins.length, 0);
      console.log(
        `${file} is valid: pools ${config.pools.length}, origins ${origins}, routes ${config.routes.length}`,
      );
    });
}
