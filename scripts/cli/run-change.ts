/** How every change goes: show what will change, ask on a terminal, do it, say what is now, wait for the edges. */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { ChangeAnswer, Status } from "../../src/config/control-api.ts";
import type { ChangePlan } from "../../src/config/plan.ts";
import { AdminClient, type AdminOptions, type Write, withUrl } from "./admin-client.ts";
import { problemReport } from "./config-file.ts";
import { CommandError, EXIT } from "./errors.ts";
import { followText, progressLine, waitForEdges } from "./follow.ts";
import { reasonOf } from "./reason.ts";

export interface ChangeOptions extends AdminOptions {
  yes?: boolean;
  dryRun?: boolean;
  reason: string;
  json?: boolean;
  /** False with `--no-wait`. */
  wait?: boolean;
}

/** A change, and how to tell people of it. */
export interface Change {
  readonly edit: Write;
  /** What it will do; `status` is the state before. */
  before(plan: ChangePlan, status: Status, answer: Planned): string;
  /** What has been done; `status` asks for the state after. */
  after(plan: ChangePlan, status: () => Promise<Status>): string | Promise<string>;
}

export type Planned = Extract<ChangeAnswer, { kind: "planned" }>;

/** Adds the options of a command that writes. */
export function writeOptions(command: Command): Command {
  return withUrl(command)
    .option("--yes", "do it without asking")
    .option("--dry-run", "show what would change and stop")
    .option("--reason <text>", "why, for history and audit; left out, the command itself", "")
    .option("--json", "print the answer as JSON");
}

/** Adds the options of a command that edges follow. */
export function changeOptions(command: Command): Command {
  return writeOptions(command).option("--no-wait", "do not wait until every edge follows");
}

export async function runChange(change: Change, options: ChangeOptions): Promise<void> {
  const client = new AdminClient(options);
  const { edit } = change;
  const reason = reasonOf(options);
  const show = (answer: object, text: string) => console.log(options.json ? JSON.stringify(answer) : text);
  const status = await client.status();
  const planned = await client.write(edit, status.tag, { dryRun: true, reason });
  if (planned.kind === "unchanged")
    return show(planned, `nothing to change: version ${planned.version} is like that already`);
  if (planned.kind !== "planned") throw failure(planned);
  const text = change.before(planned.plan, status, planned);
  if (options.dryRun) return show(planned, `${text}\ndry run: nothing was changed`);
  if (!options.json) console.log(text);
  if (!(await confirmed(options))) throw new CommandError("nothing was changed");
  const applied = await client.write(edit, status.tag, { dryRun: false, reason });
  if (applied.kind !== "applied") throw failure(applied);
  if (!options.json) console.log(await change.after(applied.plan, () => client.status()));
  if (options.wait === false) {
    if (options.json) show(applied, "");
    return;
  }
  const line = progressLine();
  const followed = await waitForEdges(client, line.show);
  line.clear();
  show({ ...applied, edges: followed }, followText(followed));
  if (followed.kind === "late") process.exitCode = EXIT.notFollowed;
}

/** Asks on a terminal only: a script has nobody to answer, and has seen to it with the command itself. */
export async function confirmed(options: { yes?: boolean }): Promise<boolean> {
  if (options.yes || !process.stdin.isTTY || !process.stdout.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const reply = await terminal.question("Do it? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(reply.trim());
}

export function failure(answer: ChangeAnswer | { readonly kind: "planned" | "applied" }): CommandError {
  switch (answer.kind) {
    case "invalid":
      return new CommandError(problemReport(answer.problems));
    case "conflict":
      return new CommandError(
        `somebody else changed something meanwhile: version ${answer.version} is in force. Look at it (tidegate history, tidegate audit), then try again; nothing was changed`,
        EXIT.conflict,
      );
    case "no-such-version":
      return new CommandError(`there is no version ${answer.version}; tidegate history lists them`);
    case "refused":
      return new CommandError(`refused: ${answer.reason}`);
    case "forbidden":
      return new CommandError(`refused: ${answer.reason}`, EXIT.notAllowed);
    default:
      return new CommandError(`unexpected answer: ${answer.kind}`);
  }
}
