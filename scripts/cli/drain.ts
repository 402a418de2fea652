/** `tidegate drain` and `undrain`: users leave a region, or may come back. */
import type { Command } from "commander";
import { CommandError } from "./errors.ts";
import { loadText } from "./plan-text.ts";
import { type ChangeOptions, changeOptions, runChange } from "./run-change.ts";
import { readDuration, readTime, timeText } from "./times.ts";

interface DrainOptions extends ChangeOptions {
  for?: string;
  until?: string;
  force?: boolean;
}

export function addDrainCommands(program: Command): void {
  changeOptions(program.command("drain"))
    .description("send no new users to an origin; present ones stay until the end, if one is given")
    .argument("<pool>", "the pool's name")
    .argument("<origin>", "the origin's name")
    .option("--for <duration>", "the last user leaves after so long, such as 30m")
    .option("--until <time>", "the last user leaves at this time, such as 2026-12-01T02:00+08:00")
    .option("--force", "also when no other reachable origin is left")
    .addHelpText(
      "after",
      `
The origin stays drained until tidegate undrain, also after the last user has left.

Examples:
  tidegate drain wallet hk --for 30m
  tidegate drain wallet hk --until 2026-12-01T02:00+08:00 --dry-run`,
    )
    .action(drain);

  changeOptions(program.command("undrain"))
    .description("take a drain back: users who live at the origin come home")
    .argument("<pool>", "the pool's name")
    .argument("<origin>", "the origin's name")
    .addHelpText("after", "\nExample:\n  tidegate undrain wallet hk")
    .action(undrain);
}

function drain(pool: string, origin: string, options: DrainOptions): Promise<void> {
  const untilMs = drainEnd(options, Date.now());
  const stay =
    untilMs === undefined
      ? "present users stay until they leave by themselves; --for or --until sets an end"
      : `present users stay until ${timeText(untilMs)}, then nobody is left`;
  return runChange(
    {
      edit: {
        kind: "drain",
        pool,
        origin,
        ...(untilMs === undefined ? {} : { untilMs }),
        force: options.force === true,
      },
      before: (plan) =>
        [`drain ${origin} of pool ${pool}: no new users from now on`, `  ${stay}`, ...loadText(plan)].join(
          "\n",
        ),
      after: () =>
        `${origin} drains; every edge follows within a second. Back again: tidegate undrain ${pool} ${origin}`,
    },
    options,
  );
}

function undrain(pool: string, origin: string, options: ChangeOptions): Promise<void> {
  return runChange(
    {
      edit: { kind: "undrain", pool, origin },
      before: (plan) =>
        [`undrain ${origin} of pool ${pool}: its users come home from now on`, ...loadText(plan)].join("\n"),
      after: () => `${origin} is not drained any more; every edge follows within a second`,
    },
    options,
  );
}

function drainEnd({ for: length, until }: DrainOptions, nowMs: number): number | undefined {
  if (length !== undefined && until !== undefined)
    throw new CommandError("--for and --until say the same thing; give one of them", 2);
  if (length !== undefined) return nowMs + readDuration("--for", length);
  return until === undefined ? undefined : readTime("--until", until, nowMs);
}
