/** How a write goes that makes no version: show what it will do, ask on a terminal, do it, say what came of it. */
import type { ValueChange } from "../../src/config/diff.ts";
import type { ConflictAnswer, RefusedAnswer } from "../../src/config/operator-api.ts";
import { AdminClient, type WriteOptions } from "./admin-client.ts";
import { changeText } from "./audit.ts";
import { CommandError } from "./errors.ts";
import { reasonOf } from "./reason.ts";
import { type ChangeOptions, confirmed, failure } from "./run-change.ts";

export type DeedOptions = Omit<ChangeOptions, "wait">;

type AnyAnswer =
  | { readonly kind: "planned"; readonly diff: readonly ValueChange[] }
  | { readonly kind: "applied" }
  | ConflictAnswer
  | RefusedAnswer;

export interface Deed<Answer extends AnyAnswer> {
  /** What it will do. */
  readonly before: string;
  /** Asks for it, based on what `tag` names. */
  ask(client: AdminClient, said: WriteOptions, tag: string): Promise<Answer>;
  /** What has been done. */
  after(done: Extract<Answer, { readonly kind: "applied" }>): string;
}

export async function runDeed<Answer extends AnyAnswer>(
  options: DeedOptions,
  deed: Deed<Answer>,
): Promise<void> {
  const client = new AdminClient(options);
  const reason = reasonOf(options);
  const { tag } = await client.status();
  const planned: AnyAnswer = await deed.ask(client, { dryRun: true, reason }, tag);
  if (planned.kind !== "planned") throw failure(planned);
  if (!options.json)
    console.log([deed.before, ...planned.diff.map((change) => `  ${changeText(change)}`)].join("\n"));
  if (options.dryRun)
    return console.log(options.json ? JSON.stringify(planned, null, 2) : "dry run: nothing was changed");
  if (!(await confirmed(options))) throw new CommandError("nothing was changed");
  const applied = await deed.ask(client, { dryRun: false, reason }, tag);
  if (!isApplied(applied)) throw failure(applied);
  console.log(options.json ? JSON.stringify(applied, null, 2) : deed.after(applied));
}

function isApplied<Answer extends AnyAnswer>(
  answer: Answer,
): answer is Extract<Answer, { readonly kind: "applied" }> {
  return answer.kind === "applied";
}
