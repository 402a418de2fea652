/** The `tidegate` command: what it can do, one line each. */
import { Command } from "commander";
import { addAnnounce } from "./announce.ts";
import { addAudit } from "./audit.ts";
import { addChangeCommands } from "./changes.ts";
import { addCheck } from "./check.ts";
import { addCompletion } from "./completion.ts";
import { addDiff } from "./diff.ts";
import { addDrainCommands } from "./drain.ts";
import { addLimits } from "./limits.ts";
import { addLottery } from "./lottery.ts";
import { addMaintenanceCommands } from "./maintenance.ts";
import { addPin } from "./pin.ts";
import { addPreview } from "./preview.ts";
import { addReadCommands } from "./reads.ts";
import { noteCommand } from "./reason.ts";
import { addRoom } from "./room.ts";
import { addServe } from "./serve.ts";
import { addSession } from "./session.ts";
import { addStateCommands } from "./state.ts";
import { addStatus } from "./status.ts";
import { addSurge } from "./surge.ts";
import { addToken } from "./token.ts";

export function buildProgram(): Command {
  const program = new Command("tidegate")
    .description("An edge proxy for digital-wallet traffic.")
    .showHelpAfterError("(tidegate --help lists the commands)")
    .addHelpText(
      "after",
      `
Examples:
  tidegate check tidegate.toml
  tidegate serve --config tidegate.toml --port 8787 --data ./data
  tidegate status --watch
  tidegate weights wallet hk=20 sg=50 --dry-run
  tidegate drain wallet hk --for 30m
  tidegate maintenance add wallet hk --start now --for 2h
  tidegate room main --mode hold
  tidegate rollback 11

Exit codes: 0 done, 1 refused or failed, 2 the command line is not understood, 3 not allowed, 4 another write came
first, 5 done but not every edge has followed. docs/operators.md tells more.`,
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .hook("preAction", (_, command) => noteCommand(command));

  addServe(program);
  addCheck(program);
  addStatus(program);
  addReadCommands(program);
  addChangeCommands(program);
  addDiff(program);
  addDrainCommands(program);
  addMaintenanceCommands(program);
  addRoom(program);
  addLottery(program);
  addSession(program);
  addAnnounce(program);
  addLimits(program);
  addPin(program);
  addPreview(program);
  addSurge(program);
  addToken(program);
  addAudit(program);
  addStateCommands(program);
  addCompletion(program);
  return program;
}
