/** Decides what a waiting room may say: how many users at once, how fast they come in, and how waiting looks. */
import * as v from "valibot";
import { duration } from "./units.ts";
import { about, choice, name, says, table, wholeNumber } from "./words.ts";

export const MAX_ROOMS = 100;
const MAX_USERS = 10_000_000;
const STATUS_FORM = "503, 200, 202 or 429";

export const Room = table(
  {
    name: name("The room's name; routes refer to it, and it stands in `/.tidegate/queue/NAME`. Unique."),
    active_limit: wholeNumber(1, MAX_USERS, "The most users that are in at the same time, over all edges."),
    admit_per_minute: v.optional(
      wholeNumber(
        0,
        MAX_USERS,
        "The most users that come in per minute. 0 lets nobody in: everybody waits, and the estimate says paused.",
      ),
      MAX_USERS,
    ),
    session: v.optional(duration("1s", "24h", "How long a user stays in after the last request."), "5m"),
    mode: v.optional(
      choice(
        ["auto", "hold", "off"],
        "`auto`: queue when the room is full. `hold`: queue everybody. `off`: queue nobody.",
      ),
      "auto",
    ),
    on_error: v.optional(
      choice(
        ["queue", "open"],
        "What a new user gets while the room's object cannot be reached: a place in line, or entry.",
      ),
      "queue",
    ),
    status: v.optional(
      v.pipe(
        v.picklist([503, 200, 202, 429], (issue) =>
          says(typeof issue.input === "number" ? "TG1301" : "TG1103", STATUS_FORM),
        ),
        about(STATUS_FORM, "The waiting page's status."),
      ),
      503,
    ),
  },
  "a table [[rooms]]",
);
