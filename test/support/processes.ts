// Real processes for tests: the output kept, and all that a process started ended with it after the test file.
import { type ChildProcess, spawn } from "node:child_process";
import { atEnd } from "./cleanup.ts";
import { leaksIn } from "./planted.ts";
import { isRunning, processTree } from "./proc.ts";
import { watchOver } from "./reaper.ts";
import { ROOT } from "./root.ts";

const LINE_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 5_000;
const RUN_DEADLINE_MS = 30_000;

export interface ProcessOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Running {
  readonly pid: number;
  /** Standard output and error so far, in the order of arrival. */
  output(): string;
  /** The first match in the output, past or to come; fails with the output at the deadline and when the process ends. */
  waitFor(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>;
  readonly exited: Promise<Exit>;
  /** Sends the signal to the process itself, as Ctrl-C or a supervisor does; after 5 s it and all that it started are killed. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  /** kill -9 for the process and all that it started. */
  kill9(): Promise<Exit>;
}

export function start(command: string, args: readonly string[], options: ProcessOptions = {}): Running {
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    // A group of its own: Ctrl-C on a terminal is for the test runner, and the reaper ends the group as one.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const name = [command, ...args].join(" ");
  const pid = child.pid;
  if (pid === undefined) throw new Error(`could not start ${name}`);

  let output = "";
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of watchers) watcher();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      notify();
    });
  }
  const exited = exitOf(child);
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
    notify();
  });

  const killTree = () => kill(processTree(pid));
  const forget = watchOver(pid);
  void exited.then(forget);
  const kill9 = async () => {
    const tree = hasEnded ? [] : processTree(pid);
    kill(tree);
    const exit = await exited;
    while (tree.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 5));
    return exit;
  };

  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (hasEnded) return exited;
    child.kill(signal);
    const timer = setTimeout(killTree, STOP_DEADLINE_MS);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  // Registered first, so it is looked at when the process has said its last word.
  if (args.includes("serve")) atEnd(() => expectNoLeaks(name, output));
  atEnd(() => stop());

  return {
    pid,
    exited,
    kill9,
    stop,
    output: () => output,
    waitFor(pattern, deadlineMs = LINE_DEADLINE_MS) {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer);
          watchers.delete(look);
          act();
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${name}: ${why} before ${pattern}\n--- its output:\n${output}`)));
        const timer = setTimeout(() => fail(`${deadlineMs} ms passed`), deadlineMs);
        const look = () => {
          const match = pattern.exec(output);
          if (match) settle(() => resolve(match));
          else if (hasEnded) fail("it ended");
        };
        watchers.add(look);
        look();
      });
    },
  };
}

/** Whatever a test does to an edge: nothing that its traffic carries is found in what the edge says. */
function expectNoLeaks(name: string, output: string): void {
  const leaks = leaksIn(output);
  if (leaks.length > 0) throw new Error(`${name} has shown ${[...new Set(leaks)].join(", ")}`);
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export async function run(
  command: string,
  args: readonly string[],
  {
    deadlineMs = RUN_DEADLINE_MS,
    input = "",
    ...options
  }: ProcessOptions & { deadlineMs?: number; input?: string } = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text.stdout += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text.stderr += part;
  });
  child.stdin.on("error", () => {}); // It may end without reading.
  child.stdin.end(input);
  const timer = setTimeout(() => child.pid !== undefined && kill(processTree(child.pid)), deadlineMs);
  const { code, signal } = await exitOf(child);
  clearTimeout(timer);
  if (signal) text.stderr += `\n(ended by ${signal}; the deadline was ${deadlineMs} ms)`;
  return { code, ...text };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // "close" comes after the last output.
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}
