/** What a workerd process has cost, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** The workerd process whose command line, or whose configuration file, has `word` in it. @throws when there is none */
export function pidOf(word: string): number {
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [program = "", ...args] = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      if (!program.endsWith("/workerd")) continue;
      const config = args.find((arg) => arg.endsWith(".capnp"));
      if (config === undefined) continue;
      if (config.includes(word) || readFileSync(config, "utf8").includes(`${word}"`)) return Number(entry);
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error(`no workerd process runs ${word}`);
}

/** User and system time in seconds, in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
