/** `tidegate room`: hold, open or turn down a waiting room, and go back to the file. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { RoomEdit } from "../../src/config/room-edit.ts";
import { MAX_USERS } from "../../src/config/schema/rooms.ts";
import { CommandError } from "./errors.ts";
import { roomChangeText } from "./room-text.ts";
import { type ChangeOptions, changeOptions, runChange } from "./run-change.ts";

interface RoomOptions extends ChangeOptions {
  mode?: "auto" | "hold" | "off";
  limit?: number;
  rate?: number;
  reset?: boolean;
}

export function addRoom(program: Command): void {
  changeOptions(program.command("room"))
    .description("hold, open or turn down a waiting room at once, over the file, until --reset")
    .argument("<room>", "the room's name")
    .addOption(
      new Option(
        "--mode <mode>",
        "auto: queue when it is full; hold: queue everybody; off: queue nobody",
      ).choices(["auto", "hold", "off"]),
    )
    .option("--limit <number>", "the most users at the same time, also during an event", users(1))
    .option("--rate <number>", "the most users that come in per minute; 0 lets nobody in", users(0))
    .option("--reset", "take back everything that was said by command: the room goes by the file")
    .addHelpText(
      "after",
      `
What is not named stays as it is. It lasts over restarts and new files, until --reset; tidegate status shows it.
Nobody who is in is thrown out. A limit shrinks by itself while regions are out; that needs no command.

Examples:
  tidegate room main --mode hold
  tidegate room main --mode auto --limit 200 --rate 60 --dry-run
  tidegate room main --reset`,
    )
    .action((room: string, options: RoomOptions) => {
      const edit = editOf(room, options);
      return runChange(
        {
          edit,
          before: (plan, status) =>
            (plan.rooms ?? [])
              .flatMap((change) =>
                roomChangeText(
                  change,
                  status.rooms.find(({ name }) => name === change.room),
                ),
              )
              .join("\n"),
          after: () =>
            edit.kind === "room-reset"
              ? `room ${room} goes by the file again; every edge follows within a second`
              : `room ${room} is changed; every edge follows within a second. Back to the file: tidegate room ${room} --reset`,
        },
        options,
      );
    });
}

function editOf(room: string, { mode, limit, rate, reset }: RoomOptions): RoomEdit {
  const said = {
    ...(mode === undefined ? {} : { mode }),
    ...(limit === undefined ? {} : { activeLimit: limit }),
    ...(rate === undefined ? {} : { admitPerMinute: rate }),
  };
  const isEmpty = Object.keys(said).length === 0;
  if (reset === true) {
    if (isEmpty) return { kind: "room-reset", room };
    throw new CommandError("--reset takes everything back; give it alone, then say what is to change", 2);
  }
  if (isEmpty)
    throw new CommandError(
      "say what is to change: --mode, --limit or --rate, or --reset to go by the file",
      2,
    );
  return { kind: "room", room, ...said };
}

/** A commander parser for a number of users. */
function users(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= MAX_USERS) return value;
    const none = least === 0 ? "" : " To let nobody in: --mode hold.";
    throw new InvalidArgumentError(`It is a whole number from ${least} to 10,000,000.${none}`);
  };
}
