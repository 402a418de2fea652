/** `tidegate diff`: what differs between two versions. */
import type { Command } from "commander";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { changeText } from "./audit.ts";
import { CommandError, EXIT } from "./errors.ts";

export function addDiff(program: Command): void {
  withUrl(program.command("diff"))
    .description("show what differs between two versions, value by value")
    .argument("<from>", "a version's number, as `tidegate history` lists it")
    .argument("[to]", "another; left out, the one in force")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExamples:\n  tidegate diff 11 12\n  tidegate diff 11")
    .action(async (from: string, to: string | undefined, options: AdminOptions & { json?: boolean }) => {
      const client = new AdminClient(options);
      const target = to === undefined ? (await client.status()).version : versionOf(to);
      const answer = await client.diff(versionOf(from), target);
      if (options.json) return console.log(JSON.stringify(answer, null, 2));
      const lines = answer.diff.map((change) => `  ${changeText(change)}`);
      const none = "  nothing differs";
      console.log(
        [`version ${answer.from} -> ${answer.to}`, ...(lines.length === 0 ? [none] : lines)].join("\n"),
      );
    });
}

function versionOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CommandError(`${text} is no version number`, EXIT.usage);
}
