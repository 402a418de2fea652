/** `tidegate limits`: what limits do to a user. */
import type { Command } from "commander";
import type { ExplainedBucket } from "../../src/config/control-api.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { table } from "./table.ts";
import { lengthText, utcText } from "./times.ts";

interface ExplainOptions extends AdminOptions {
  json?: boolean;
}

export function addLimits(program: Command): void {
  const limits = program
    .command("limits")
    .description("look at the buckets of limits")
    .addHelpText("after", "\nExample:\n  tidegate limits explain alice");
  withUrl(limits.command("explain"))
    .description("show a user's buckets and the last denials")
    .argument("<user>", "the value of the token's claim, an API key's holder, a session, or an address")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
The name is tried as everything that [identity] knows, since nothing of a user is stored but a keyed hash.

Examples:
  tidegate limits explain alice
  tidegate limits explain 203.0.113.7`,
    )
    .action(async (user: string, options: ExplainOptions) => {
      const buckets = await new AdminClient(options).explainLimits(user);
      console.log(options.json ? JSON.stringify(buckets, null, 2) : explainText(buckets, Date.now()));
    });
}

function explainText(buckets: readonly ExplainedBucket[], nowMs: number): string {
  if (buckets.length === 0) {
    return "no limit has a bucket for this name: the configuration has no limits, or [identity] makes no user of it";
  }
  const rows = buckets.map(({ limit, mode, as, capacity, refill, intervalMs, view }) => [
    limit,
    mode === "shadow" ? "shadow" : "",
    as,
    view === undefined ? "(no answer)" : `${tokens(view.level)} of ${capacity}`,
    view?.held === undefined ? "?" : String(view.held),
    refill === 0 ? "never" : `${refill} in ${lengthText(intervalMs)}`,
  ]);
  const denials = buckets.flatMap(({ limit, as, view }) =>
    (view?.denials ?? []).map((denial) => [
      limit,
      as,
      utcText(denial.atMs),
      lengthText(Math.max(0, nowMs - denial.atMs)),
      String(denial.need),
      tokens(denial.level),
      String(denial.earlier),
    ]),
  );
  const head = table([["LIMIT", "MODE", "AS", "TOKENS", "LENT", "COMES BACK"], ...rows]);
  if (denials.length === 0) return `${head}\n\nNothing was denied lately.`;
  return `${head}\n\n${table([
    ["LIMIT", "AS", "DENIED (UTC)", "AGE", "NEEDED", "HAD", "BEFORE IT, AT EDGES"],
    ...denials,
  ])}`;
}

/** Fractions of a token are on their way; promised ones make a level negative. */
function tokens(level: number): string {
  return String(Math.floor(Math.max(0, level) * 10) / 10);
}
