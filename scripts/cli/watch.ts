/** Shows something again and again: a live table on a terminal, one frame after the other elsewhere. */

const CLEAR = "\u001B[H\u001B[J";
const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";

export interface WatchOptions {
  readonly everyMs: number;
  /** Ends after so many frames; left out, it goes on until it is interrupted. */
  readonly frames?: number;
}

/** @param frame what to show now; a failure is shown in its place, and the next frame is tried */
export async function watch(
  frame: () => Promise<string>,
  { everyMs, frames = Number.POSITIVE_INFINITY }: WatchOptions,
  stream: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const isLive = stream.isTTY === true;
  if (isLive) {
    stream.write(HIDE_CURSOR);
    process.once("exit", () => stream.write(SHOW_CURSOR));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  }
  for (let count = 1; count <= frames; count += 1) {
    const text = await frame().catch((error: Error) => error.message);
    stream.write(isLive ? `${CLEAR}${cut(text, stream)}\n` : `${text}\n`);
    if (count < frames) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** What does not fit is cut: a wrapped or scrolled table jumps. */
function cut(text: string, { rows = 24 }: NodeJS.WriteStream): string {
  const lines = text.split("\n");
  return lines.length < rows ? text : [...lines.slice(0, rows - 2), "…"].join("\n");
}
