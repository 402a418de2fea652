// The memory of a process and of what it started, from /proc (Linux).
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The process with this command name among `pid` and its descendants. */
export function descendant(pid: number, command: string): number {
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (readFileSync(`/proc/${next}/comm`, "utf8").trim() === command) return next;
    for (const thread of readdirSync(`/proc/${next}/task`)) {
      const children = readFileSync(`/proc/${next}/task/${thread}/children`, "utf8");
      waiting.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  throw new Error(`process ${pid} has started no ${command}`);
}

export interface Memory {
  residentBytes: number;
  peakBytes: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { residentBytes: bytes("VmRSS"), peakBytes: bytes("VmHWM") };
}

/** Starts the peak again from what is resident now (proc(5), clear_refs, value 5). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
