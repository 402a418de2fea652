/** `tidegate export` and `import`: the whole control state as one file, for backup and disaster recovery. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { changeText } from "./audit.ts";
import { readText } from "./config-file.ts";
import { CommandError } from "./errors.ts";
import { planText } from "./plan-text.ts";
import { type ChangeOptions, changeOptions, runChange } from "./run-change.ts";

/** It holds hashes of tokens and the whole configuration. */
const OWNER_ONLY = 0o600;
const SHOWN_CHANGES = 50;

export function addStateCommands(program: Command): void {
  withUrl(program.command("export"))
    .description("write the whole control state into one file: versions, live writes, tokens' hashes, audit")
    .argument("[file]", "the file; left out, it is printed")
    .option("--json", "with a file, print what was written as JSON")
    .addHelpText(
      "after",
      `
Keep the file as you keep a password: it holds the whole configuration. Tokens are in it as hashes only, secrets
(TIDEGATE_SECRET, TIDEGATE_ADMIN_TOKEN) are not.

Examples:
  tidegate export backup.json
  tidegate export --url https://wallet.example > "tidegate-$(date +%F).json"`,
    )
    .action(async (file: string | undefined, options: AdminOptions & { json?: boolean }) => {
      const text = await new AdminClient(options).exportState();
      if (file === undefined) return void process.stdout.write(`${text}\n`);
      try {
        writeFileSync(file, `${text}\n`, { mode: OWNER_ONLY });
      } catch (error) {
        throw new CommandError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);
      }
      const { versions, audit } = JSON.parse(text) as { versions: unknown[]; audit: unknown[] };
      const counts = { file, versions: versions.length, auditRecords: audit.length, bytes: text.length };
      console.log(
        options.json
          ? JSON.stringify(counts)
          : `${file}: ${counts.versions} versions, ${counts.auditRecords} records of the audit, ${counts.bytes} bytes`,
      );
    });

  changeOptions(program.command("import"))
    .description(
      "put an exported state in the place of the one that is there; the file is checked first, as a whole",
    )
    .argument("<file>", "a file that tidegate export wrote")
    .addHelpText(
      "after",
      `
Versions, live writes and tokens become the file's. Its newest version comes into force under a new number. The audit
is kept: what is here and what the file has stand beside each other, and tidegate audit verify checks both.
To undo it, export first, and import that file again.

Examples:
  tidegate export before.json && tidegate import backup.json --dry-run
  tidegate import backup.json --reason "the old account is gone"`,
    )
    .action((file: string, options: ChangeOptions) =>
      runChange(
        {
          edit: { kind: "import", state: readText(file) },
          before: (plan, _, { diff }) => {
            const shown = diff.slice(0, SHOWN_CHANGES).map((change) => `  ${changeText(change)}`);
            const more = diff.length > shown.length ? [`  … ${diff.length - shown.length} more`] : [];
            return [planText(plan), "what differs:", ...shown, ...more].join("\n");
          },
          after: (plan) => `version ${plan.toVersion} is in force, as ${file} has it`,
        },
        options,
      ),
    );
}
