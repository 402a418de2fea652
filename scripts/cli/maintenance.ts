/** `tidegate maintenance add | list | cancel`: times at which an origin, or a whole pool, has no users. */
import { type Command, InvalidArgumentError } from "commander";
import type { Status } from "../../src/config/control-api.ts";
import type { WindowStatus } from "../../src/config/window-list.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { CommandError } from "./errors.ts";
import { loadText } from "./plan-text.ts";
import { type ChangeOptions, changeOptions, runChange } from "./run-change.ts";
import { readDuration, readTime, timeText } from "./times.ts";
import { targetText, windowsTable, windowText } from "./window-text.ts";

interface AddOptions extends ChangeOptions {
  start: string;
  end?: string;
  for?: string;
  drain: string;
  message?: Record<string, string>;
  force?: boolean;
}

export function addMaintenanceCommands(program: Command): void {
  const maintenance = program
    .command("maintenance")
    .description("plan, list and cancel times without users at an origin or a whole pool")
    .addHelpText(
      "after",
      `
Examples:
  tidegate maintenance add wallet hk --start 2026-12-01T02:00+08:00 --for 2h --drain 10m
  tidegate maintenance list
  tidegate maintenance cancel 3`,
    );

  changeOptions(maintenance.command("add"))
    .description("from the start to the end no user goes there; it ends by slow start")
    .argument("<pool>", "the pool's name")
    .argument("[origin]", "the origin's name; left out, the whole pool: users get the maintenance page")
    .requiredOption("--start <time>", "now, or a time with an offset such as 2026-12-01T02:00+08:00")
    .option("--end <time>", "when users may come back")
    .option("--for <duration>", "how long it lasts, instead of --end")
    .option("--drain <duration>", "no new users so long before the start; present ones stay until it", "0s")
    .option("--message <language=text>", "what users read; may be given once a language", message)
    .option("--force", "also when no other reachable origin is left")
    .addHelpText(
      "after",
      `
Examples:
  tidegate maintenance add wallet hk --start 2026-12-01T02:00+08:00 --end 2026-12-01T04:00+08:00 --drain 10m
  tidegate maintenance add wallet --start now --for 30m --message "en=Back soon" --message "zh-CN=很快回来"`,
    )
    .action(add);

  withUrl(maintenance.command("list"))
    .description("list windows that are on or to come, of the file and by command")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate maintenance list")
    .action(async (options: AdminOptions & { json?: boolean }) => {
      const { windows } = await new AdminClient(options).status();
      console.log(options.json ? JSON.stringify(windows, null, 2) : windowsTable(windows));
    });

  changeOptions(maintenance.command("cancel"))
    .description("take a window back; one that is on ends at once, by slow start")
    .argument("<id>", "its number, as `tidegate maintenance list` shows it")
    .addHelpText("after", "\nExample:\n  tidegate maintenance cancel 3")
    .action(cancel);
}

function add(pool: string, origin: string | undefined, options: AddOptions): Promise<void> {
  const startMs = readTime("--start", options.start, Date.now());
  const endMs = endOf(options, startMs);
  const drainMs = readDuration("--drain", options.drain);
  const target = origin === undefined ? { pool } : { pool, origin };
  const { message: texts } = options;
  const window = { ...target, startMs, endMs, drainMs, ...(texts === undefined ? {} : { message: texts }) };
  const isSame = (other: WindowStatus) =>
    other.id !== undefined &&
    other.pool === pool &&
    other.origin === origin &&
    other.startMs === startMs &&
    other.endMs === endMs;
  return runChange(
    {
      edit: { kind: "maintenance-add", ...window, force: options.force === true },
      before: (plan) => [...windowText(window), ...loadText(plan)].join("\n"),
      async after(_, status) {
        const id = (await status()).windows.filter(isSame).at(-1)?.id;
        return `maintenance ${id ?? ""} is set; every edge knows it within a second. Take it back: tidegate maintenance cancel ${id ?? "ID"}`;
      },
    },
    options,
  );
}

function cancel(text: string, options: ChangeOptions): Promise<void> {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new CommandError(`"${text}" is no maintenance number`, 2);
  const id = Number(text);
  return runChange(
    {
      edit: { kind: "maintenance-cancel", id },
      before: (plan, status) => [...cancelText(id, status), ...loadText(plan)].join("\n"),
      after: () => `maintenance ${id} is cancelled; every edge follows within a second`,
    },
    options,
  );
}

function cancelText(id: number, status: Status): string[] {
  const window = status.windows.find((each) => each.id === id);
  if (window === undefined) return [`cancel maintenance ${id}`];
  const from = `${timeText(window.startMs)} to ${timeText(window.endMs)}`;
  const effect = window.state === "planned" ? [] : ["  it is on: users come back from now on"];
  return [`cancel maintenance ${id}: ${targetText(window)}, ${from}`, ...effect];
}

function endOf({ end, for: length }: AddOptions, startMs: number): number {
  if ((end === undefined) === (length === undefined))
    throw new CommandError("give either --end or --for: a window has an end", 2);
  if (length !== undefined) return startMs + readDuration("--for", length);
  return readTime("--end", end ?? "", Date.now());
}

/** Collects `en=Back soon` into a record of texts. */
function message(text: string, known: Record<string, string> | undefined): Record<string, string> {
  const [, language, words] = /^([A-Za-z][A-Za-z0-9-]*)=(.+)$/.exec(text) ?? [];
  if (language === undefined || words === undefined)
    throw new InvalidArgumentError('It is language=text, such as "en=Back at 04:00".');
  return { ...known, [language]: words };
}
