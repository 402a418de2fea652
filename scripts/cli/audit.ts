/** `tidegate audit`: who did what, when and why; and whether the record of it is whole. */
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { type AuditRecord, type ChainCheck, verifyChains } from "../../src/config/audit-record.ts";
import type { ValueChange } from "../../src/config/diff.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { CommandError } from "./errors.ts";
import { table } from "./table.ts";
import { utcText } from "./times.ts";

const PAGE = 1000;
/** Of a value in a table; `--json` and export have it whole. */
const MAX_CELL = 40;

export function addAudit(program: Command): void {
  const audit = withUrl(program.command("audit"))
    .description("show who did what, when and why: every write and every failed login, the newest last")
    .option("--last <number>", "so many records", lastRecords, 20)
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
Examples:
  tidegate audit --last 50
  tidegate audit verify
  tidegate audit export > audit.jsonl`,
    )
    .action(async (options: AdminOptions & { last: number; json?: boolean }) => {
      const { records } = await new AdminClient(options).audit(options.last);
      console.log(options.json ? JSON.stringify(records, null, 2) : auditText(records));
    });

  withUrl(audit.command("verify"))
    .description("check the chain of hashes over all records: nothing changed, nothing missing")
    .argument("[file]", "an exported file to check instead of the running edge's records")
    .option("--head <hash>", "the last hash that you noted: shows that nothing was cut off at the end since")
    .option("--partial", "take a chain whose beginning is elsewhere, as after the import of a long audit")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
Exit code 1 says that a record was changed, is missing, or that the noted one is not there.

Examples:
  tidegate audit verify
  tidegate audit verify audit.jsonl --head 3b1c…`,
    )
    .action(async (file: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<
        AdminOptions & { head?: string; partial?: boolean; json?: boolean }
      >();
      const records = file === undefined ? await allRecords(new AdminClient(options)) : readLines(file);
      const check = verifyChains(records, { mayBeginLater: options.partial === true });
      if (options.json) console.log(JSON.stringify(check));
      else if (check.kind === "ok") console.log(checkText(check));
      if (check.kind === "broken") throw new CommandError(`NOT VERIFIED: ${check.at}: ${check.why}`);
      const { head } = options;
      const isThere = head === undefined || records.some((record) => hashOf(record).startsWith(head));
      if (!isThere)
        throw new CommandError(`NOT VERIFIED: no record has the hash ${head}: the end was cut off`);
    });

  withUrl(audit.command("export"))
    .description("print all records as JSON lines, oldest first, for keeping elsewhere")
    .option("--json", "the same: JSON lines are JSON")
    .addHelpText("after", "\nExample:\n  tidegate audit export > audit.jsonl")
    .action(async (_: unknown, command: Command) => {
      for await (const record of records(new AdminClient(command.optsWithGlobals<AdminOptions>())))
        console.log(JSON.stringify(record));
    });
}

async function* records(client: AdminClient): AsyncGenerator<AuditRecord> {
  let after = 0;
  for (;;) {
    const page = await client.audit(PAGE, after);
    yield* page.records;
    if (!page.hasMore) return;
    after = page.last;
  }
}

async function allRecords(client: AdminClient): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const record of records(client)) all.push(record);
  return all;
}

function readLines(file: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        throw new CommandError(`NOT VERIFIED: ${file}:${index + 1} is no JSON`);
      }
    });
}

function hashOf(record: unknown): string {
  return (record as { hash?: string }).hash ?? "";
}

function checkText({ records: count, heads }: Extract<ChainCheck, { kind: "ok" }>): string {
  const lines = heads.map(
    ({ chain, seq, hash }) => `chain ${chain}: ${seq} records, the last has the hash ${hash}`,
  );
  return [`verified: ${count} records, none changed, none missing between them`, ...lines].join("\n");
}

export function auditText(all: readonly AuditRecord[]): string {
  if (all.length === 0) return "nothing is recorded yet";
  const rows = all.flatMap((record) => {
    const { at, actor, action, target, reason, fromVersion, toVersion, changes } = record;
    const versions = fromVersion === toVersion ? String(toVersion) : `${fromVersion} -> ${toVersion}`;
    const who = actor.role === "none" ? actor.name : `${actor.name} (${actor.role})`;
    const head = [utcText(Date.parse(at)), who, actor.address || "-", action, target, versions, reason];
    return [head, ...changes.map((change) => ["", "", "", "", changeText(change), "", ""])];
  });
  return table([["WHEN (UTC)", "WHO", "FROM", "WHAT", "ON", "VERSION", "WHY"], ...rows]);
}

/** `pools.wallet.origins.hk.weight: 50 -> 40`. */
export function changeText({ path, before, after }: ValueChange): string {
  return `${path}: ${valueText(before)} -> ${valueText(after)}`;
}

function valueText(value: ValueChange["before"]): string {
  if (value === undefined) return "-";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= MAX_CELL ? text : `${text.slice(0, MAX_CELL - 1)}…`;
}

function lastRecords(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= PAGE) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1 to 1000.");
}
