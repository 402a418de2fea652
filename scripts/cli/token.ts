/** `tidegate token`: who may operate the edge, each with a name, a role and an end. */
import { type Command, Option } from "commander";
import { ROLES, type Role } from "../../src/config/admin/edits.ts";
import type { NamedToken } from "../../src/config/operator-api.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { CommandError, EXIT } from "./errors.ts";
import { writeOptions } from "./run-change.ts";
import { type DeedOptions, runDeed } from "./run-deed.ts";
import { table } from "./table.ts";
import { readDuration, timeText, utcText } from "./times.ts";

export function addToken(program: Command): void {
  const token = program
    .command("token")
    .description("make, list and revoke operators' tokens; needs the role admin")
    .addHelpText(
      "after",
      `
viewer reads; operator changes what runs; admin also makes tokens, exports, imports and changes [admin].

Examples:
  tidegate token add mei --role operator --expires 90d
  tidegate token list
  tidegate token revoke mei`,
    );

  writeOptions(token.command("add"))
    .description("make a token and print it, this once")
    .argument("<name>", "whose it is: the history and the audit call its holder so")
    .addOption(new Option("--role <role>", "what its holder may do").choices(ROLES).makeOptionMandatory())
    .option("--expires <length>", "how long it holds, such as 12h or 90d; left out, until it is revoked")
    .addHelpText(
      "after",
      `
Whoever has the token is its holder. Only its hash is kept: lost, it is revoked and made anew.

Example:
  TIDEGATE_ADMIN_TOKEN=$(tidegate token add ci --role operator --expires 30d --json | jq -r .secret)`,
    )
    .action((name: string, { role, expires, ...options }: DeedOptions & { role: Role; expires?: string }) => {
      const end = expires === undefined ? {} : { expiresAtMs: Date.now() + lengthOf(expires) };
      return runDeed(options, {
        before: `make a token for ${name}, who is ${role} with it`,
        ask: (client, said, tag) => client.addToken({ name, role, ...end, ...said }, tag),
        after: ({ secret, token: { expiresAtMs } }) => `${secret}

It lets ${name} in as ${role}${expiresAtMs === undefined ? "" : ` until ${timeText(expiresAtMs)}`}. It is not shown again.
Back: tidegate token revoke ${name}`,
      });
    });

  withUrl(token.command("list"))
    .description("list tokens, also those that are over")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate token list")
    .action(async (options: AdminOptions & { json?: boolean }) => {
      const tokens = await new AdminClient(options).tokens();
      console.log(options.json ? JSON.stringify(tokens, null, 2) : tokensText(tokens, Date.now()));
    });

  writeOptions(token.command("revoke"))
    .description("take a token back: its holder is out at once")
    .argument("<name>", "whose it is")
    .addHelpText("after", "\nExample:\n  tidegate token revoke mei --reason 'left the team'")
    .action((name: string, options: DeedOptions) =>
      runDeed(options, {
        before: `revoke the token of ${name}: whoever uses it is out at once`,
        ask: (client, said, tag) => client.revokeToken({ name, ...said }, tag),
        after: () => `the token of ${name} is revoked`,
      }),
    );

  withUrl(program.command("whoami"))
    .description("show who the token is, and what it may do")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate whoami")
    .action(async (options: AdminOptions & { json?: boolean }) => {
      const me = await new AdminClient(options).me();
      console.log(options.json ? JSON.stringify(me, null, 2) : `${me.name}, ${me.role}, by ${me.via}`);
    });
}

/** As other durations, and days. */
function lengthOf(text: string): number {
  const days = /^([1-9]\d{0,3})d$/.exec(text)?.[1];
  const ms = days === undefined ? readDuration("--expires", text) : Number(days) * 86_400_000;
  if (ms > 0) return ms;
  throw new CommandError("--expires: a token that is over at once lets nobody in", EXIT.usage);
}

function tokensText(tokens: readonly NamedToken[], nowMs: number): string {
  if (tokens.length === 0) return "no token has a name; the secret TIDEGATE_ADMIN_TOKEN is the only one";
  const rows = tokens.map((token) => [
    token.name,
    token.role,
    stateText(token, nowMs),
    token.expiresAtMs === undefined ? "-" : utcText(token.expiresAtMs),
    token.usedAtMs === undefined ? "never" : utcText(token.usedAtMs),
    utcText(token.createdAtMs),
    token.createdBy,
    `tg_${token.id}_…`,
  ]);
  return table([["NAME", "ROLE", "STATE", "ENDS (UTC)", "USED (UTC)", "MADE (UTC)", "BY", "TOKEN"], ...rows]);
}

function stateText(
  { revokedAtMs, expiresAtMs = Number.POSITIVE_INFINITY }: NamedToken,
  nowMs: number,
): string {
  if (revokedAtMs !== undefined) return "revoked";
  return nowMs < expiresAtMs ? "holds" : "over";
}
