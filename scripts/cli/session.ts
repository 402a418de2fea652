/** `tidegate session end`: have somebody out of a waiting room's protected side. */
import type { Command } from "commander";
import { CommandError, EXIT } from "./errors.ts";
import { writeOptions } from "./run-change.ts";
import { type DeedOptions, runDeed } from "./run-deed.ts";

interface EndOptions extends DeedOptions {
  pass?: string;
  user?: string;
}

export function addSession(program: Command): void {
  const session = program
    .command("session")
    .description("end a user's time in a room")
    .addHelpText("after", "\nExample:\n  tidegate session end main --user alice");
  writeOptions(session.command("end"))
    .description("the pass is over on every edge, its slot is free; the user may queue again")
    .argument("<room>", "the room's name")
    .option("--pass <id>", "the pass's id")
    .option("--user <name>", "the value of the token's claim, or an API key's holder")
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

async function end(room: string, { pass, user, ...options }: EndOptions): Promise<void> {
  const whose = pass === undefined ? (user === undefined ? undefined : { user }) : { pass };
  if (whose === undefined || (pass !== undefined && user !== undefined))
    throw new CommandError("say whose session: either --pass or --user", EXIT.usage);
  await runDeed(options, {
    before: `end a session in room ${room}: whoever has it is out at once`,
    ask: (client, said, tag) => client.endSession({ room, ...whose, ...said }, tag),
    after: ({ was }) => `ended; it held ${was === "active" ? "a slot, which is free now" : "no slot"}`,
  });
}
