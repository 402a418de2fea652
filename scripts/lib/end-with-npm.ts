/** Ends this process when the npm that runs it is gone. */

const LOOK_EVERY_MS = 500;

/**
 * A signal to `npx` or `npm start` ends npm and the shell between, and tells this process nothing: without this, the
 * edge would run on. Does nothing where npm is not in between, so that a daemon may outlive its shell.
 */
export function endWithNpm(): void {
  if (process.env.npm_execpath === undefined && process.env.npm_command === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, LOOK_EVERY_MS).unref();
}
