/** How every change goes: show what will change, ask on a terminal, do it, say what is now. */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { ChangeAnswer, ChangeRequest, Status } from "../../src/config/control-api.ts";
import type { ChangePlan } from "../../src/config/plan.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { problemReport } from "./config-file.ts";
import { CommandError } from "./errors.ts";

export interface ChangeOptions extends AdminOptions {
  yes?: boolean;
  dryRun?: boolean;
  reason: string;
  json?: boolean;
}

/** A change, and how to tell people of it. */
export interface Change {
  readonly edit: ChangeRequest["edit"];
  /** What it will do; `status` is the state before. */
  before(plan: ChangePlan, status: Status): string;
  /** What has been done; `status` asks for the state after. */
  after(plan: ChangePlan, status: () => Promise<Status>): string | Promise<string>;
}

/** Adds the options of a command that changes something. */
export function changeOptions(command: Command): Command {
  return withUrl(command)
    .option("--yes", "do it without asking")
    .option("--dry-run", "show what would change and stop")
    .option("--reason <text>", "why, for the history or the log", "")
    .option("--json", "print the answer as JSON");
}

export async function runChange(change: Change, options: ChangeOptions): Promise<void> {
  const client = new AdminClient(options);
  const { edit } = change;
  const { reason } = options;
  const show = (answer: ChangeAnswer, text: string) =>
    console.log(options.json ? JSON.stringify(answer) : text);
  const status = await client.status();
  const { version } = status;
  const planned = await client.change(edit, version, { dryRun: true, reason });
  if (planned.kind === "unchanged")
    return show(planned, `nothing to change: version ${planned.version} is like that already`);
  if (planned.kind !== "planned") throw new CommandError(failure(planned));
  const text = change.before(planned.plan, status);
  if (options.dryRun) return show(planned, `${text}\ndry run: nothing was changed`);
  if (!options.json) console.log(text);
  if (!(await confirmed(options))) throw new CommandError("nothing was changed");
  const applied = await client.change(edit, version, { dryRun: false, reason });
  if (applied.kind !== "applied") throw new CommandError(failure(applied));
  show(applied, options.json ? "" : await change.after(applied.plan, () => client.status()));
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
    case "refused":
      return `refused: ${answer.reason}`;
    default:
      return `unexpected answer: ${answer.kind}`;
  }
}
