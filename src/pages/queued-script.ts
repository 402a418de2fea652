/** All that the page of a queued request does in the browser, in one closure. */
import { BASE_SCRIPT, MEMORY_SCRIPT, script } from "./base-script.ts";
import { ESTIMATE_SCRIPT } from "./estimate-script.ts";
import { HELP_SCRIPT } from "./help-script.ts";
import { POLL_SCRIPT } from "./poll-script.ts";
import { SHOW_SCRIPT } from "./show-script.ts";
import { TELL_SCRIPT } from "./tell-script.ts";

const START = `show(S.standing);
for (const node of document.querySelectorAll("[data-script]")) node.hidden = node.dataset.script === "without";
`;

export const QUEUED_SCRIPT = script(
  BASE_SCRIPT,
  MEMORY_SCRIPT,
  ESTIMATE_SCRIPT,
  SHOW_SCRIPT,
  HELP_SCRIPT,
  TELL_SCRIPT,
  POLL_SCRIPT,
  START,
);
