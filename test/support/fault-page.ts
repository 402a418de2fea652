// Writes the fault matrix as a page: what each cell must see, and what was seen in a run.
import { type Cell, deviations, idOf, type Must, rangeText, type Seen } from "./fault-table.ts";

export interface Run {
  /** By cell; a cell that did not run is missing. */
  readonly seen: ReadonlyMap<string, readonly Seen[]>;
  /** What it ran on, and when. */
  readonly setting: string;
}

const HEAD =
  "| fault | exchange | reach | clients must see | origins must have counted | seen | result |\n|---|---|---|---|---|---|---|\n";

const FAMILIES: readonly { readonly family: Cell["family"]; readonly text: string }[] = [
  {
    family: "regions",
    text: "## Regions\n\nNine requests of each kind at once, three regions by equal weight, a time-out of 3 s, one edge that knows nothing yet. Reach: one region of the three has the fault, or all have it. A read is never lost while another region can answer it, except where its answer had begun; a payment is sent once, and whoever cannot know what became of it is told so.",
  },
  {
    family: "objects",
    text: "## Control objects\n\nEach object fails for the calls of one edge out of five, or for those of all edges and of the other objects. A monitor fails in its alarm, for one pool or for all. Nobody waits as long as the object would take; the limits and rooms do what their own `on_error` says.",
  },
  {
    family: "clocks",
    text: "## Clocks\n\nReach: the clock of one edge is wrong, or those of all edges and objects by the same.",
  },
  {
    family: "edges",
    text: "## Killed edges\n\n`kill -9` while requests are at a region that has counted them. Reach: one of two machines, whose users go on at the other; or the only one there is, which starts again on its data.",
  },
];

/** The part of a cell's row that does not depend on a run. */
export function rowStart(cell: Cell): string {
  const lines = (text: (must: Must) => string) => cell.musts.map(text).join("<br>");
  const see = lines(
    (must) =>
      `${whoOf(cell, must)}${Object.entries(must.answers)
        .map(([answer, range]) => `${answer}: ${rangeText(range)}`)
        .join(", ")}`,
  );
  const count = lines(({ counted }) => rangeText(counted));
  return `| ${cell.fault} | ${cell.exchange} | ${cell.reach} | ${see} | ${count} |`;
}

function whoOf({ musts }: Cell, { who }: Pick<Must, "who">): string {
  return musts.length === 1 ? "" : `${who}: `;
}

function rowEnd(cell: Cell, run: Run): string {
  const seen = run.seen.get(idOf(cell));
  if (seen === undefined) return " | **did not run** |";
  const text = seen
    .map(({ answers, counted }) => {
      const all = Object.entries(answers).map(([answer, times]) => `${answer}: ${times}`);
      return `${all.join(", ")}; counted ${counted}`;
    })
    .join("<br>");
  return ` ${text} | ${deviations(cell, seen).length === 0 ? "as it must be" : "**not so**"} |`;
}

export function faultPage(cells: readonly Cell[], run: Run): string {
  const good = cells.filter((cell) => {
    const seen = run.seen.get(idOf(cell));
    return seen !== undefined && deviations(cell, seen).length === 0;
  });
  const parts = FAMILIES.map(({ family, text }) => {
    const rows = cells
      .filter((cell) => cell.family === family)
      .map((cell) => rowStart(cell) + rowEnd(cell, run));
    return `${text}\n\n${HEAD}${rows.join("\n")}\n`;
  });
  return `${INTRODUCTION}
${run.setting}: ${good.length} of ${cells.length} cells were as they must be.

${parts.join("\n")}`;
}

const INTRODUCTION = `# Faults

Written by \`npm run faults\`, which runs \`test/e2e/faults-*.test.ts\` (also a part of \`npm test\`) on bare workerd with real
sockets and writes down what it saw. What a cell must see stands in \`test/support/fault-table-*.ts\`; a range is there where chance
decides (which region a request meets, whether a body is one of those that are read first).

An exchange is a GET, a POST with a payment, a stream (server-sent events, or 128 KiB where a fault breaks it), or a
WebSocket from its handshake to its first echo. "200 cut" is an answer that ended, or stalled, before it was whole, and that its client sees as
broken; "504 outcome-unknown" says that the payment may have happened. In every cell a payment is counted once at
most, and what its client was told is compared with what the regions counted: whoever was told that nothing was taken had
nothing taken. Overload and memory are in [performance.md](performance.md).
`;
