/** `tidegate announce`: short messages before users for a time. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Announcement } from "../../src/config/announcements.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { CommandError, EXIT } from "./errors.ts";
import { type ChangeOptions, changeOptions, runChange } from "./run-change.ts";
import { table } from "./table.ts";
import { readDuration, readTime, timeText, utcText } from "./times.ts";

interface AddOptions extends ChangeOptions {
  message: Record<string, string>;
  start: string;
  end?: string;
  for?: string;
}

export function addAnnounce(program: Command): void {
  const announce = program
    .command("announce")
    .description("put a short message before users for a time, list and cancel messages")
    .addHelpText(
      "after",
      `
Examples:
  tidegate announce add --for 2h --message "en=Top-ups are slow today" --message "zh-CN=今天充值较慢"
  tidegate announce list
  tidegate announce cancel 3`,
    );

  changeOptions(announce.command("add"))
    .description("pages of the edge (waiting, busy, maintenance) show it from its start to its end")
    .requiredOption("--message <language=text>", "what users read; may be given once a language", message)
    .option("--start <time>", "now, or a time with an offset such as 2026-12-01T02:00+08:00", "now")
    .option("--end <time>", "when it is over")
    .option("--for <duration>", "how long it is shown, instead of --end")
    .addHelpText(
      "after",
      '\nExample:\n  tidegate announce add --for 2h --message "en=Top-ups are slow today"',
    )
    .action((options: AddOptions) => {
      const startMs = readTime("--start", options.start, Date.now());
      const endMs = endOf(options, startMs);
      const texts = Object.entries(options.message).map(([language, text]) => `  ${language}: ${text}`);
      return runChange(
        {
          edit: { kind: "announce", text: options.message, startMs, endMs },
          before: () => [`announce from ${timeText(startMs)} to ${timeText(endMs)}`, ...texts].join("\n"),
          async after(_, status) {
            const id = Math.max(...(await status()).announcements.map((one) => one.id));
            return `announcement ${id} is set. Take it back: tidegate announce cancel ${id}`;
          },
        },
        options,
      );
    });

  withUrl(announce.command("list"))
    .description("list announcements that are shown or to come")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  tidegate announce list")
    .action(async (options: AdminOptions & { json?: boolean }) => {
      const { announcements } = await new AdminClient(options).status();
      console.log(options.json ? JSON.stringify(announcements, null, 2) : announcementsText(announcements));
    });

  changeOptions(announce.command("cancel"))
    .description("take an announcement back")
    .argument("<id>", "its number, as `tidegate announce list` shows it")
    .addHelpText("after", "\nExample:\n  tidegate announce cancel 3")
    .action((id: string, options: ChangeOptions) => {
      if (!/^[1-9]\d{0,8}$/.test(id))
        throw new CommandError(`"${id}" is no announcement's number`, EXIT.usage);
      return runChange(
        {
          edit: { kind: "announce-cancel", id: Number(id) },
          before: () => `cancel announcement ${id}`,
          after: () => `announcement ${id} is cancelled`,
        },
        options,
      );
    });
}

function announcementsText(announcements: readonly Announcement[]): string {
  if (announcements.length === 0) return "nothing is announced";
  return table([
    ["ID", "START (UTC)", "END (UTC)", "LANGUAGE", "TEXT"],
    ...announcements.flatMap(({ id, startMs, endMs, text }) =>
      Object.entries(text).map(([language, words]) => [
        String(id),
        utcText(startMs),
        utcText(endMs),
        language,
        words,
      ]),
    ),
  ]);
}

function endOf({ end, for: length }: AddOptions, startMs: number): number {
  if ((end === undefined) === (length === undefined))
    throw new CommandError("give either --end or --for: an announcement has an end", EXIT.usage);
  if (length !== undefined) return startMs + readDuration("--for", length);
  return readTime("--end", end ?? "", Date.now());
}

/** Collects `en=Back soon` into a record of texts. */
export function message(text: string, known: Record<string, string> | undefined): Record<string, string> {
  const [, language, words] = /^([A-Za-z][A-Za-z0-9-]*)=(.+)$/.exec(text) ?? [];
  if (language === undefined || words === undefined)
    throw new InvalidArgumentError('It is language=text, such as "en=Back at 04:00".');
  return { ...known, [language]: words };
}
