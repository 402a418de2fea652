/** `npm run audit`: known weaknesses of the packages, high and above; says plainly when nobody could be asked. */
import { spawnSync } from "node:child_process";
import { judgeAudit } from "./lib/audit-verdict.ts";
import { inProject } from "./lib/paths.ts";

const { stdout, stderr, status } = spawnSync("npm", ["audit", "--json", "--audit-level=high"], {
  cwd: inProject("."),
  encoding: "utf8",
});
const verdict = judgeAudit(stdout, `${stderr}\nnpm ended with ${status}`);
console.log(verdict.text);
process.exitCode = verdict.kind === "found" ? 1 : 0;
