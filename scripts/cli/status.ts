/** `tidegate status`: how everything is now, once or as a live table. */
import { type Command, InvalidArgumentError } from "commander";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { paintFor } from "./paint.ts";
import { statusText } from "./status-text.ts";
import { utcText } from "./times.ts";
import { watch } from "./watch.ts";

interface StatusOptions extends AdminOptions {
  json?: boolean;
  watch?: boolean;
  every: number;
  frames?: number;
}

export function addStatus(program: Command): void {
  withUrl(program.command("status"))
    .description("show pools, origins, rooms, edges and what is out of service")
    .option("--watch", "go on: a live table on a terminal, one after the other elsewhere")
    .option("--every <seconds>", "with --watch, how often", seconds, 1)
    .option("--frames <number>", "with --watch, end after so many", frames)
    .option("--json", "print as JSON; with --watch one line each time")
    .addHelpText(
      "after",
      "\nExamples:\n  tidegate status --url https://wallet.example\n  tidegate status --watch\n  tidegate status --watch --json | jq .edges",
    )
    .action(show);
}

async function show(options: StatusOptions): Promise<void> {
  const client = new AdminClient(options);
  const paint = paintFor();
  const text = async (isLine: boolean): Promise<string> => {
    const status = await client.status();
    if (options.json) return JSON.stringify(status, null, isLine ? undefined : 2);
    return statusText(status, Date.now(), paint);
  };
  if (!options.watch) return console.log(await text(false));
  const title = () =>
    options.json ? "" : `${utcText(Date.now())} UTC, every ${options.every} s; Ctrl-C ends\n\n`;
  const { frames: count } = options;
  await watch(async () => title() + (await text(true)), {
    everyMs: options.every * 1000,
    ...(count === undefined ? {} : { frames: count }),
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.2 && value <= 3600) return value;
  throw new InvalidArgumentError("It is a number from 0.2 to 3600.");
}

function frames(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1.");
}
