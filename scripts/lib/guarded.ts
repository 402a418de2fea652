/** Runs a process and never leaves it behind, however this one ends. */
import { spawn } from "node:child_process";

/**
 * Waits for the end of its input, which comes with the end of the process that started it, even by kill -9; then
 * kills the command. Says the command's process id on its first line.
 */
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- & child=$!
echo "guarded $child"
(cat <&3 >/dev/null; kill -KILL $child 2>/dev/null) &
wait $child`;

export interface GuardedProcess {
  /** Resolves with the exit code when the command has ended. */
  readonly ended: Promise<number>;
  /** Asks the command to end, and waits until it has; kills it when it takes longer than five seconds. */
  stop(): Promise<void>;
  /** kill -9; resolves when the command has ended. */
  kill9(): Promise<void>;
}

const PATIENCE_MS = 5000;

/** Starts a command; each line that it writes, to either stream, goes to `log`. */
export function startGuarded(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): GuardedProcess {
  const guard = spawn("/bin/sh", ["-c", GUARD, "guard", command, ...args], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    // Its own group: Ctrl-C on a terminal reaches this process alone, which then ends the command in order.
    detached: true,
  });
  let child = 0;
  for (const stream of [guard.stdout, guard.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const found = child === 0 ? /^guarded (\d+)$/.exec(line) : null;
        if (found?.[1] !== undefined) child = Number(found[1]);
        else log(line);
      }
    });
  }
  guard.stdin.on("error", () => {});
  const ended = new Promise<number>((resolve) => guard.on("close", (code) => resolve(code ?? 1)));
  return {
    ended,
    async stop() {
      if (child !== 0) tryKill(child, "SIGTERM");
      const patience = setTimeout(() => guard.stdin.end(), PATIENCE_MS);
      await ended;
      clearTimeout(patience);
      guard.stdin.end();
    },
    async kill9() {
      // The guard kills a command whose id is not known yet.
      if (child === 0) guard.stdin.end();
      else tryKill(child, "SIGKILL");
      await ended;
    },
  };
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
