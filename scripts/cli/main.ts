/** Runs the `tidegate` command, and tells a failure in a sentence, or as JSON where that was asked for. */
import { endWithNpm } from "../lib/end-with-npm.ts";
import { CommandError } from "./errors.ts";
import { buildProgram } from "./program.ts";

// When this process was started by another Node (scripts/tidegate.js) and that one dies, so does this.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// The channel alone is no reason to stay.
process.channel?.unref();
endWithNpm();

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  const { message, exitCode } = error;
  console.error(process.argv.includes("--json") ? JSON.stringify({ error: message, exitCode }) : message);
  process.exitCode = exitCode;
}
