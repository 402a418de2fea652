// Processes as /proc shows them (Linux): what a process started, and how much memory it holds.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** `pid` and all that it started and that still runs, parents first. */
export function processTree(pid: number): number[] {
  const tree = [pid];
  for (const next of tree) tree.push(...childrenOf(next));
  return tree;
}

/** The process with this command name in the tree of `pid`. */
export function descendant(pid: number, command: string): number {
  const found = processTree(pid).find((each) => read(`/proc/${each}/comm`)?.trim() === command);
  if (found === undefined) throw new Error(`process ${pid} has started no ${command}`);
  return found;
}

export function isRunning(pid: number): boolean {
  // A zombie has ended: only its parent has not looked yet.
  const state = read(`/proc/${pid}/stat`)?.replace(/^.*\) /s, "")[0];
  return state !== undefined && state !== "Z";
}

export interface Memory {
  residentBytes: number;
  peakBytes: number;
}

export function memoryOf(pid: number): Memory {
  const status = read(`/proc/${pid}/status`) ?? "";
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { residentBytes: bytes("VmRSS"), peakBytes: bytes("VmHWM") };
}

/** Starts the peak again from what is resident now (proc(5), clear_refs, value 5). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      (read(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Undefined when the process has ended. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
