/** Ends this process when the npm that runs it is gone. */
import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 250;

/**
 * A signal to `npx` or `npm start` ends npm, or the shell that npm puts between, and tells this process nothing:
 * without this, the edge would run on. Does nothing where npm is not in between, so that a daemon may outlive its shell.
 */
export function endWithNpm(): void {
  if (process.env.npm_execpath === undefined && process.env.npm_command === undefined) return;
  const shell = process.ppid;
  const npm = parentOf(shell);
  setInterval(() => {
    if (process.ppid !== shell || parentOf(shell) !== npm) process.kill(process.pid, "SIGTERM");
  }, LOOK_EVERY_MS).unref();
}

/** From Linux's /proc; undefined on other systems, where the shell alone is watched. */
function parentOf(pid: number): number | undefined {
  try {
    const [, afterName = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    return Number(afterName.split(" ")[1]);
  } catch {
    return undefined;
  }
}
