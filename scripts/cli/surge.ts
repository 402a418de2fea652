/** `tidegate surge`: the operator's own stress test against a staging edge or the demo. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { chartText, lineText, reportText } from "../surge/chart.ts";
import { arrivalTimes, PROFILE_TEXTS, PROFILES, type Profile } from "../surge/profile.ts";
import { MOST, runSurge } from "../surge/run.ts";
import type { Tally } from "../surge/tally.ts";
import { aimAt } from "../surge/target.ts";
import { CommandError, EXIT } from "./errors.ts";
import { readDuration } from "./times.ts";

interface SurgeOptions {
  url: string;
  yesIOwn?: string;
  path: string;
  room: string;
  profile: Profile;
  peak: number;
  for: string;
  stay: string;
  every: string;
  cookie: string;
  maxFailed: number;
  json?: boolean;
}

const CLEAR = "\u001B[H\u001B[J";
const LINE_EVERY_SECONDS = 5;
/** Of a process that was ended by Ctrl-C. */
const INTERRUPTED = 130;

export function addSurge(program: Command): void {
  program
    .command("surge")
    .description("send a crowd of users with sessions to your own edge, and report what became of them")
    .option("--url <url>", "the edge", "http://127.0.0.1:8787")
    .option("--yes-i-own <host>", "the URL's host once more, where it is not this machine")
    .option("--path <path>", "what users ask for", "/api/balance")
    .option("--room <name>", "the waiting room in front of it", "main")
    .addOption(new Option("--profile <name>", "how they come").choices([...PROFILES]).default("ramp"))
    .option("--peak <number>", "newcomers a second at the peak", number("peak", 0.1, MOST.perSecond), 20)
    .option("--for <duration>", `how long, ${MOST.minutes} minutes at the most`, "60s")
    .option(
      "--stay <duration>",
      "how long a user goes on asking once in: from half of it to half more",
      "20s",
    )
    .option("--every <duration>", "between two requests of a user who is in", "2s")
    .option("--cookie <name>", "each user's session cookie", "sid")
    .option(
      "--max-failed <percent>",
      "more failed requests than this fail the command",
      number("max-failed", 0, 100),
      1,
    )
    .option("--json", "print the report as JSON, and nothing else")
    .addHelpText(
      "after",
      `
Profiles:
${PROFILES.map((name) => `  ${name.padEnd(8)} ${PROFILE_TEXTS[name]}`).join("\n")}

Users come at their times whatever the answers are (open loop). On a terminal a chart is drawn while it runs. It makes no
payments: it reads one path. A failed request is one without an answer, or with 5xx that is neither a place in line nor 503.

Exit codes: 0 done, 1 more requests failed than --max-failed allows or nobody answered, 2 the command line is not
understood or the host is not confirmed, 130 ended by Ctrl-C (with its report).

Examples:
  tidegate surge --profile spike --peak 50 --for 2m
  tidegate surge --url https://staging.wallet.example --yes-i-own staging.wallet.example --profile holiday`,
    )
    .action(surge);
}

async function surge(options: SurgeOptions): Promise<void> {
  const aim = aimAt(options.url, options.yesIOwn);
  if (aim.kind === "refused") throw new CommandError(aim.reason, EXIT.usage);
  const durationMs = readDuration("--for", options.for);
  if (durationMs < 1000 || durationMs > MOST.minutes * 60_000) {
    throw new CommandError(`--for: from 1s to ${MOST.minutes}m`, EXIT.usage);
  }
  const users = arrivalTimes(options.profile, options.peak, durationMs).length;
  if (users > MOST.users) {
    throw new CommandError(
      `${users} users are too many for one sender: ${MOST.users} at the most`,
      EXIT.usage,
    );
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const run = Math.random().toString(36).slice(2, 8);
  const report = await runSurge({
    urls: [aim.origin],
    path: options.path,
    room: options.room,
    profile: options.profile,
    peak: options.peak,
    durationMs,
    stayMs: readDuration("--stay", options.stay),
    everyMs: Math.max(100, readDuration("--every", options.every)),
    headersOf: (user) => ({ cookie: `${options.cookie}=surge-${run}-${user}` }),
    signal: stop.signal,
    ...(options.json ? {} : { onSecond: (tally) => show(tally, durationMs) }),
  });
  if (options.json) console.log(JSON.stringify(report));
  else console.log(`${process.stdout.isTTY ? "\n" : ""}${reportText(report)}`);
  const isAnswered = report.answers.unanswered < report.requests;
  if (stop.signal.aborted) process.exitCode = INTERRUPTED;
  else if (!isAnswered || report.failedPercent > options.maxFailed) process.exitCode = EXIT.failed;
}

/** The seconds that are over: a chart on a terminal, elsewhere a line now and then. */
export function show(tally: Tally, durationMs: number): void {
  const over = tally.seconds.slice(0, -1);
  const last = over.at(-1);
  if (last === undefined) return;
  const leftSeconds = (durationMs - tally.elapsedMs) / 1000;
  if (process.stdout.isTTY) process.stdout.write(`${CLEAR}${chartText(over, leftSeconds)}\n`);
  else if (last.atSeconds % LINE_EVERY_SECONDS === 0) console.log(lineText(last));
}

function number(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`${name} is a number from ${least} to ${most}.`);
    }
    return value;
  };
}
