/** A surge as text: a chart that is drawn anew on a terminal, a line a few seconds elsewhere, and the report. */
import type { Report, Second } from "./tally.ts";

const BARS = " ▁▂▃▄▅▆▇█";
const WIDTH = 60;

export function chartText(seconds: readonly Second[], leftSeconds: number): string {
  const last = seconds.at(-1);
  const row = (name: string, of: (second: Second) => number) => {
    const values = seconds.map(of);
    const most = Math.max(1, ...values);
    return `${name.padEnd(22)} ${barsOf(values, most).padEnd(WIDTH)} ${String(values.at(-1) ?? 0).padStart(6)}  most ${most}`;
  };
  return [
    `surge, second ${last?.atSeconds ?? 0}, ${Math.max(0, Math.ceil(leftSeconds))} s left (Ctrl-C ends it and reports)`,
    row("users come a second", ({ came }) => came),
    row("goodput a second", ({ passed }) => passed),
    row("users waiting", ({ waiting }) => waiting),
    row("users in", ({ inside }) => inside),
    row("denials a second", ({ denied }) => denied),
  ].join("\n");
}

export function lineText({ atSeconds, came, passed, waiting, inside, denied }: Second): string {
  return `second ${atSeconds}: ${came} came, ${passed} requests passed, ${waiting} wait, ${inside} are in, ${denied} denied`;
}

/** The most of each stretch, so that no peak is lost. */
export function barsOf(values: readonly number[], most: number): string {
  const width = Math.min(WIDTH, values.length);
  let text = "";
  for (let column = 0; column < width; column += 1) {
    const from = Math.floor((column * values.length) / width);
    const to = Math.floor(((column + 1) * values.length) / width);
    const highest = Math.max(...values.slice(from, Math.max(to, from + 1)));
    text += BARS[highest <= 0 ? 0 : Math.max(1, Math.round((highest / most) * (BARS.length - 1)))];
  }
  return text;
}

export function reportText({
  queue,
  goodput,
  latencyMs,
  waitSeconds,
  denials,
  answers,
  ...rest
}: Report): string {
  const of = ({ p50, p95, p99, most }: Report["latencyMs"], unit: string) =>
    `p50 ${p50} ${unit}, p95 ${p95} ${unit}, p99 ${p99} ${unit}, most ${most} ${unit}`;
  return [
    `${rest.users} users, ${rest.requests} requests in ${rest.seconds} s`,
    `goodput       ${goodput.mean} a second, most ${goodput.most}; ${of(latencyMs, "ms")}`,
    `queue         ${queue.users} users waited, ${queue.mostAtOnce} at once, highest place ${queue.highestPosition}, ${queue.stillWaiting} wait still`,
    `waits         ${of(waitSeconds, "s")}; ${queue.grown} places grew`,
    `denials       ${denials.limited} limited (429), ${denials.turnedAway} turned away (503), ${denials.refused} others`,
    `failed        ${rest.failedPercent} % of requests; ${answers.unanswered} without an answer`,
    `sender late   ${of(rest.senderLateMs, "ms")}`,
  ].join("\n");
}
