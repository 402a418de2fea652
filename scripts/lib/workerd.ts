/** Runs workerd and never leaves it behind, however this process ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";

/** workerd's own program file. */
export function workerdPath(): string {
  const path: { default: string } = createRequire(import.meta.url)("workerd");
  return path.default;
}

/**
 * Waits for the end of its input, which comes with this process's end, even by kill -9; then ends workerd.
 * Says workerd's process id on its first line.
 */
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- & child=$!
echo "workerd $child"
(cat <&3 >/dev/null; kill -KILL $child 2>/dev/null) &
wait $child`;

export interface RunningWorkerd {
  readonly guard: ChildProcess;
  /** Resolves with the exit code when workerd has ended. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** Starts `workerd serve` with a configuration file. Its own messages go to `log`. */
export function startWorkerd(
  configFile: string,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): RunningWorkerd {
  const guard = spawn(
    "/bin/sh",
    ["-c", GUARD, "guard", workerdPath(), "serve", "--experimental", configFile],
    {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      // Its own group: Ctrl-C on a terminal reaches this process alone, which then ends workerd in order.
      detached: true,
    },
  );
  let child = 0;
  for (const stream of [guard.stdout, guard.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const found = child === 0 ? /^workerd (\d+)$/.exec(line) : null;
        if (found?.[1] !== undefined) child = Number(found[1]);
        else log(line);
      }
    });
  }
  guard.stdin?.on("error", () => {});
  const ended = new Promise<number>((resolve) => guard.on("exit", (code) => resolve(code ?? 1)));
  return {
    guard,
    ended,
    async stop() {
      if (child !== 0) tryKill(child);
      guard.stdin?.end();
      await ended;
    },
  };
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended already.
  }
}
