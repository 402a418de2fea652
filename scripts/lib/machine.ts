/** What a measurement ran on, in one line: a figure without it says little. */
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { inProject } from "./paths.ts";

export function machineText(): string {
  const workerd = (
    JSON.parse(readFileSync(inProject("node_modules/workerd/package.json"), "utf8")) as { version: string }
  ).version;
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} cores of ${cpus()[0]?.model ?? "an unknown processor"}, workerd ${workerd}, Node ${process.version}, load ${load}`;
}
