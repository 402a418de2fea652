/** Commands that show a running edge's state. */
import { type Command, InvalidArgumentError } from "commander";
import type { ProbeRecord } from "../../src/config/health-report.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { table } from "./table.ts";
import { lengthText, utcText } from "./times.ts";

interface ReadOptions extends AdminOptions {
  json?: boolean;
}

export function addReadCommands(program: Command): void {
  withUrl(program.command("history"))
    .description("list the configuration's versions, newest first")
    .option("--last <number>", "so many at most", lastVersions, 500)
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate history --last 10")
    .action(async (options: ReadOptions & { last: number }) => {
      const entries = await new AdminClient(options).history(options.last);
      if (options.json) return console.log(JSON.stringify(entries, null, 2));
      console.log(
        table([
          ["VERSION", "WHEN (UTC)", "KIND", "BY", "REASON"],
          ...entries.map((entry) => [
            String(entry.version),
            utcText(entry.atMs),
            entry.kind,
            entry.author,
            entry.reason,
          ]),
        ]),
      );
    });

  withUrl(program.command("probes"))
    .description("show the last probes of a pool's origins, by vantage, newest first")
    .argument("<pool>", "the pool's name")
    .option("--last <number>", "so many of each origin, at most 50", lastProbes, 5)
    .option("--json", "print all that are kept, as JSON")
    .addHelpText("after", "\nExample:\n  tidegate probes wallet --last 10")
    .action(async (pool: string, options: ReadOptions & { last: number }) => {
      const probes = await new AdminClient(options).probes(pool);
      console.log(
        options.json ? JSON.stringify(probes, null, 2) : probesText(pool, probes, options.last, Date.now()),
      );
    });
}

function probesText(
  pool: string,
  byVantage: Readonly<Record<string, Readonly<Record<string, readonly ProbeRecord[]>>>>,
  last: number,
  nowMs: number,
): string {
  const rows = Object.entries(byVantage).flatMap(([vantage, origins]) =>
    Object.entries(origins).flatMap(([origin, records]) =>
      records
        .slice(0, last)
        .map((record) => [
          vantage === "" ? "(any)" : vantage,
          origin,
          utcText(record.atMs),
          lengthText(Math.max(0, nowMs - record.atMs)),
          record.passed ? "passed" : "failed",
          record.status === 0 ? "-" : String(record.status),
          record.reason,
          lengthText(record.durationMs),
        ]),
    ),
  );
  if (rows.length === 0)
    return `no probe of pool ${pool} is kept: it has no [pools.health], or none was sent yet`;
  return table([["VANTAGE", "ORIGIN", "WHEN (UTC)", "AGE", "RESULT", "STATUS", "REASON", "TOOK"], ...rows]);
}

function lastProbes(text: string): number {
  if (/^[1-9]\d?$/.test(text) && Number(text) <= 50) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1 to 50.");
}

function lastVersions(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1000) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1 to 1000.");
}
