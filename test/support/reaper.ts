// Ends what tests started when the test runner itself is killed and can clean nothing up.
import { type ChildProcess, spawn } from "node:child_process";

// It reads the process groups that live. The end of its input is the runner's end, however that came about.
const SCRIPT = `
live=" "
while read -r sign group; do
  case "$sign" in
    +) live="$live$group " ;;
    -) case "$live" in *" $group "*) live="\${live%% $group *} \${live#* $group }" ;; esac ;;
  esac
done
for group in $live; do kill -TERM "-$group" 2>/dev/null; done
[ "$live" = " " ] || sleep 2
for group in $live; do kill -KILL "-$group" 2>/dev/null; done
`;

let reaper: ChildProcess | undefined;

/** Watches over a process group until the function that it returns is called. */
export function watchOver(group: number): () => void {
  reaper ??= startReaper();
  reaper.stdin?.write(`+ ${group}\n`);
  return () => void reaper?.stdin?.write(`- ${group}\n`);
}

function startReaper(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT], {
    // Out of the terminal's group: Ctrl-C must not reach it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.stdin?.on("error", () => {});
  child.unref();
  return child;
}
