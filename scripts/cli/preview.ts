/** `tidegate preview`: every page in every language and state, as the configuration makes it, before anybody has to see it. */
import { type Command, InvalidArgumentError } from "commander";
import { filesOf, readConfig } from "./config-file.ts";

export function addPreview(program: Command): void {
  program
    .command("preview")
    .description(
      "serve every page in every language and state with sample data; reloads when the file or its template changes",
    )
    .option("--config <file>", "the configuration file", "tidegate.toml")
    .option("--port <number>", "where to listen; 0 takes a free one", port, 8790)
    .option("--json", "print the address as JSON")
    .addHelpText("after", "\nExample:\n  tidegate preview --config tidegate.toml")
    .action(async ({ config, port, json }: { config: string; port: number; json?: boolean }) => {
      // Not with the others above: it loads the TypeScript compiler, for which every command would wait.
      const { readTsx } = await import("../lib/tsx.ts");
      readTsx();
      const { servePreview } = await import("../preview/server.ts");
      const read = () => readConfig(config, { environment: "development" }).loaded.config.page;
      const { url } = await servePreview({ files: () => filesOf(config), port, read });
      console.log(json ? JSON.stringify({ preview: url }) : `preview on ${url}`);
    });
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    throw new InvalidArgumentError("expected a port, 0 to 65535");
  return number;
}
