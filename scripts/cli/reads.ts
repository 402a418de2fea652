/** Commands that show a running edge's state. */
import type { Command } from "commander";
import type { Status } from "../../src/config/control-api.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { percent } from "./plan-text.ts";

interface ReadOptions extends AdminOptions {
  json?: boolean;
}

export function addReadCommands(program: Command): void {
  withUrl(program.command("status"))
    .description("show pools, origins and rooms")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate status --url https://wallet.example")
    .action(async (options: ReadOptions) => {
      const status = await new AdminClient(options).status();
      console.log(options.json ? JSON.stringify(status, null, 2) : statusText(status));
    });

  withUrl(program.command("history"))
    .description("list the configuration's versions, newest first")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate history")
    .action(async (options: ReadOptions) => {
      const entries = await new AdminClient(options).history();
      if (options.json) return console.log(JSON.stringify(entries, null, 2));
      console.log(
        table([
          ["VERSION", "WHEN (UTC)", "KIND", "BY", "REASON"],
          ...entries.map((entry) => [
            String(entry.version),
            new Date(entry.atMs).toISOString().replace("T", " ").slice(0, 19),
            entry.kind,
            entry.author,
            entry.reason,
          ]),
        ]),
      );
    });
}

function statusText(status: Status): string {
  const origins = status.pools.flatMap((pool) =>
    pool.origins.map((origin) => [
      pool.name,
      origin.name,
      origin.state,
      String(origin.weight),
      String(origin.effectiveWeight),
      percent(origin.share),
    ]),
  );
  const rooms = status.rooms.map((room) => [
    room.name,
    room.mode,
    String(room.waiting),
    String(room.active),
    String(room.limit),
  ]);
  return [
    `version ${status.version}`,
    "",
    table([["POOL", "ORIGIN", "STATE", "WEIGHT", "EFFECTIVE", "SHARE"], ...origins]),
    ...(rooms.length === 0 ? [] : ["", table([["ROOM", "MODE", "WAITING", "ACTIVE", "LIMIT"], ...rooms])]),
  ].join("\n");
}

/** Columns as wide as their widest cell, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
