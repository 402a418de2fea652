/** Decides what `[alerts]` may say: where the edge tells that a state has changed. */
import * as v from "valibot";
import { webhookUrlMistake } from "../origin-url.ts";
import { about, says, table } from "./words.ts";

const FORM = "a URL https://host/path, without user name, password and fragment";

export const Alerts = table(
  {
    webhook: v.exactOptional(
      v.pipe(
        v.string(says("TG1103", FORM)),
        v.check((text) => webhookUrlMistake(text) === undefined, says("TG1905", FORM)),
        about(
          "a URL",
          "Is told by POST when an origin or a pool becomes another state and when another configuration comes into force: JSON, signed with the secret `TIDEGATE_ALERT_SECRET` as Standard Webhooks has it, and sent again until it answers 2xx, for a day. Security: the names of pools and origins, and of operators, leave the edge. Without the secret nothing is sent.",
        ),
      ),
    ),
  },
  "a table [alerts]",
);
