/** `npm run joins`: how many people a second may join a room's line, and poll, over edges on bare workerd; needs `wrk`. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { crowdToml } from "./lib/crowd-toml.ts";
import { startEdge } from "./lib/edge.ts";
import { freePorts } from "./lib/free-ports.ts";
import { machineText } from "./lib/machine.ts";

const { values } = parseArgs({
  options: {
    edges: { type: "string", default: "1" },
    seconds: { type: "string", default: "10" },
    connections: { type: "string", default: "256" },
  },
});
const edges = Number(values.edges);
const seconds = Number(values.seconds);
/** Different tickets that are polled: as many as an edge remembers the texts of, and more. */
const TICKETS = 5000;
/** A ticket is shown by the kind of client that it was given to. */
const CLIENT = "joins/1";

const scratch = mkdtempSync(join(tmpdir(), "tidegate-joins-"));
// Nobody is let in, and 202 is no error to wrk.
const edge = await startEdge({
  toml: crowdToml("http://127.0.0.1:9", 'active_limit = 100\nmode = "hold"\nstatus = 202'),
  environment: "development",
  host: "127.0.0.1",
  port: await freePorts(edges),
  edges,
  dataDir: join(scratch, "data"),
  env: process.env,
  log: (line) => console.error(line),
});
try {
  const { urls } = edge;
  const joins = await load(urls, "/api/balance", []);
  const tickets = await takeTickets(urls);
  const polls = await load(urls, "/.tidegate/queue/main", tickets);
  console.log(
    [
      `${edges} edges, ${values.connections} connections, ${seconds} s each`,
      `joins a second  ${joins}`,
      `polls a second  ${polls}, of ${tickets.length} tickets`,
      `on ${machineText()}, which sends as well`,
    ].join("\n"),
  );
} finally {
  await edge.stop();
  rmSync(scratch, { recursive: true, force: true });
}

/** Requests a second over all edges; a ticket of the list with each, in turn. */
async function load(urls: readonly string[], path: string, tickets: readonly string[]): Promise<number> {
  const script = join(scratch, "requests.lua");
  writeFileSync(
    script,
    `local tickets = {${tickets.map((ticket) => `"${ticket}"`).join(",")}}
local n = 0
request = function()
  n = n + 1
  if #tickets > 0 then wrk.headers["Tidegate-Ticket"] = tickets[n % #tickets + 1] end
  wrk.headers["Accept"] = "application/json"
  wrk.headers["User-Agent"] = "${CLIENT}"
  return wrk.format("GET", "${path}")
end
`,
  );
  const each = Math.max(1, Math.floor(Number(values.connections) / urls.length));
  const outputs = await Promise.all(
    urls.map((url) =>
      promisify(execFile)("wrk", ["-t1", `-c${each}`, `-d${seconds}s`, "--timeout=10s", "-s", script, url]),
    ),
  );
  const counts = outputs.map(({ stdout }) => {
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`an edge did not answer well:\n${stdout}`);
    return Number(/(\d+) requests in/.exec(stdout)?.[1]);
  });
  return Math.round(counts.reduce((sum, count) => sum + count, 0) / seconds);
}

async function takeTickets(urls: readonly string[]): Promise<string[]> {
  const tickets: string[] = [];
  while (tickets.length < TICKETS) {
    const taken = Array.from({ length: 100 }, async (_, index) => {
      const answer = await fetch(`${urls[index % urls.length]}/api/balance`, {
        headers: { accept: "application/json", "user-agent": CLIENT },
      });
      return ((await answer.json()) as { ticket: string }).ticket;
    });
    tickets.push(...(await Promise.all(taken)));
  }
  return tickets;
}
