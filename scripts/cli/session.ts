/** `tidegate session end`: have somebody out of a waiting room's protected side. */
import type { Command } from "commander";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { CommandError, doneOrThrow, EXIT } from "./errors.ts";
import { reasonOf } from "./reason.ts";
import { confirmed } from "./run-change.ts";

interface EndOptions extends AdminOptions {
  pass?: string;
  user?: string;
  reason?: string;
  yes?: boolean;
  json?: boolean;
}

export function addSession(program: Command): void {
  const session = program
    .command("session")
    .description("end a user's time in a room")
    .addHelpText("after", "\nExample:\n  tidegate session end main --user alice");
  withUrl(session.command("end"))
    .description("the pass is over on every edge, its slot is free; the user may queue again")
    .argument("<room>", "the room's name")
    .option("--pass <id>", "the pass's id")
    .option("--user <name>", "the value of the token's claim, or an API key's holder")
    .option("--yes", "do it without asking")
    .option("--reason <text>", "why, for the audit; left out, the command itself")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
A user's name is sent, and not kept: the audit says that a session was ended, not whose.

Examples:
  tidegate session end main --user alice
  tidegate session end main --pass kGlJ0VZtM1w2 --reason "a shared pass"`,
    )
    .action(end);
}

async function end(room: string, options: EndOptions): Promise<void> {
  const { pass, user } = options;
  const who = pass === undefined ? (user === undefined ? undefined : { user }) : { pass };
  if (who === undefined || (pass !== undefined && user !== undefined))
    throw new CommandError("say whose session: either --pass or --user", EXIT.usage);
  if (!options.json) console.log(`end a session in room ${room}: whoever has it is out at once`);
  if (!(await confirmed(options))) throw new CommandError("nothing was changed");
  const answer = doneOrThrow(await new AdminClient(options).endSession(room, who, reasonOf(options)));
  const text = answer.was === "active" ? "it held a slot, which is free now" : "it held no slot";
  console.log(options.json ? JSON.stringify(answer) : `ended; ${text}`);
}
