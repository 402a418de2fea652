/** The `tidegate` command: what it can do, one line each. */
import { Command } from "commander";
import { endWithNpm } from "../lib/end-with-npm.ts";
import { addChangeCommands } from "./changes.ts";
import { addCheck } from "./check.ts";
import { addDrainCommands } from "./drain.ts";
import { CommandError } from "./errors.ts";
import { addLimits } from "./limits.ts";
import { addLottery } from "./lottery.ts";
import { addMaintenanceCommands } from "./maintenance.ts";
import { addPin } from "./pin.ts";
import { addReadCommands } from "./reads.ts";
import { addRoom } from "./room.ts";
import { addServe } from "./serve.ts";

// When this process was started by another Node (scripts/tidegate.js) and that one dies, so does this.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// The channel alone is no reason to stay.
process.channel?.unref();
endWithNpm();

const program = new Command("tidegate")
  .description("An edge proxy for digital-wallet traffic.")
  .showHelpAfterError("(tidegate --help lists the commands)")
  .addHelpText(
    "after",
    `
Examples:
  tidegate check tidegate.toml
  tidegate serve --config tidegate.toml --port 8787 --data ./data
  tidegate weights wallet hk=20 sg=50 --dry-run
  tidegate drain wallet hk --for 30m
  tidegate maintenance add wallet hk --start now --for 2h
  tidegate room main --mode hold

Exit codes: 0 done, 1 refused or failed, 2 the command line is not understood.`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

addServe(program);
addCheck(program);
addChangeCommands(program);
addDrainCommands(program);
addMaintenanceCommands(program);
addRoom(program);
addLottery(program);
addLimits(program);
addPin(program);
addReadCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
