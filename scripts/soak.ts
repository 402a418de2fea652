/** `npm run soak -- --minutes 30`: wallet traffic with one request in a hundred failing, and what the edge's memory does. */
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { parseArgs } from "node:util";
import { pidOf } from "./bench/process-cost.ts";
import { FAULTS } from "./demo/settings.ts";
import { exchange, sleep } from "./lib/crowd.ts";
import { startEdge } from "./lib/edge.ts";
import { freePorts } from "./lib/free-ports.ts";
import { machineText } from "./lib/machine.ts";
import { overloadToml } from "./overload/arrangement.ts";
import { startRegion } from "./overload/regions.ts";
import { slopeOf } from "./overload/slope.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    "warm-up": { type: "string", default: "15" },
    rate: { type: "string", default: "30" },
    users: { type: "string", default: "300" },
    "v8-flag": { type: "string", multiple: true, default: [] },
    inspector: { type: "string" },
  },
});
const MINUTE_MS = 60_000;
const runMs = Number(values.minutes) * MINUTE_MS;
const rate = Number(values.rate);
const users = Number(values.users);

/**
 * Not counted: V8 first collects all of its heap when that has grown to some 40 MB beyond what is alive, and each of its
 * collections, one a minute or two, may find more of the runtime's own memory held by garbage than any before it.
 */
const warmUpMs = Number(values["warm-up"]) * MINUTE_MS;
const FAULT_RATE = 0.01;
/** Each region breaks in another way after so long. */
const NEXT_FAULT_MS = 20_000;
const SAMPLE_EVERY_MS = 5_000;
const MOST_MB_A_MINUTE = 1;
const PAGE_BYTES = 4096;
/** What V8 says of its collections with `--v8-flag=--trace-gc`. */
const TRACED = /ms: (Scavenge|Mark-Compact)/;
/** Beyond it a hanging request is left, as an impatient client does. */
const DEADLINE_MS = 5_000;
/** A fault that closes the port strikes all requests and not one in a hundred. */
const STRIKING = FAULTS.filter((fault) => !["none", "refuse", "flap"].includes(fault));

/** Of a user: a payment each fourth time. */
const READS = ["/api/balance", "/api/balance", "/events?count=3&every=20", "/bytes/20000", "/echo"];
/** What users were given for the room, by name of the field that they show it in. */
const tokens = new Map<number, Record<string, string>>();

const regions = await Promise.all(
  ["r0", "r1", "r2"].map((name) => startRegion(name, { faultRate: FAULT_RATE })),
);
const port = await freePorts(1);
const edge = await startEdge({
  toml: soakToml(regions.map(({ url }) => url)),
  environment: "development",
  host: "127.0.0.1",
  port,
  edges: 1,
  v8Flags: values["v8-flag"],
  ...(values.inspector === undefined ? {} : { inspector: values.inspector }),
  env: process.env,
  log: (line) => {
    if (TRACED.test(line)) console.log(line);
  },
});
try {
  console.log(`${machineText()}; ${rate} requests/s of ${users} users, ${FAULT_RATE * 100} % faults`);
  process.exitCode = (await soak()) ? 0 : 1;
} finally {
  await edge.stop();
  await Promise.all(regions.map((region) => region.stop()));
}

/** As for overload, with everything on: a limit, a room that is never full, a body that streams, users that stay at a region. */
function soakToml(urls: readonly string[]): string {
  return `${overloadToml(urls)
    .replace('affinity = "none"', 'affinity = "user"')
    .replace(/max_in_flight = \d+/g, "max_in_flight = 0")
    .replace(/active_limit = \d+/, "active_limit = 100000")
    .replace('session = "5s"', 'session = "5m"')}
[[limits]]
name = "per-user"
key = "user"
capacity = 1000
refill = 100
[identity]
opaque = { cookie = "sid", new_per_ip_per_minute = 1000000 }
`.replaceAll(
    'path = "/api/balance"\npool = "wallet"',
    'path = "/api/*"\npool = "wallet"\nlimits = ["per-user"]',
  );
}

async function soak(): Promise<boolean> {
  const pid = pidOf(`127.0.0.1:${port}`);
  const agent = new Agent({ keepAlive: true });
  const startMs = performance.now();
  const elapsedMs = () => performance.now() - startMs;
  const ends: Record<string, number> = {};
  const samples: { atMinutes: number; megabytes: number }[] = [];
  const watching = (async () => {
    while (elapsedMs() < runMs) {
      samples.push({ atMinutes: elapsedMs() / MINUTE_MS, megabytes: residentMegabytes(pid) });
      if (samples.length % (MINUTE_MS / SAMPLE_EVERY_MS) === 0) console.log(line(samples.at(-1), ends));
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  const breaking = (async () => {
    for (let number = 0; elapsedMs() < runMs; number++) {
      await Promise.all(
        regions.map((region, at) =>
          region.set({
            fault: STRIKING[(number + 5 * at) % STRIKING.length] ?? "reset",
            faultRate: FAULT_RATE,
          }),
        ),
      );
      await sleep(NEXT_FAULT_MS);
    }
  })();
  const shoot = async (number: number) => {
    const user = number % users;
    const isPayment = (number + Math.floor(number / users)) % 4 === 0;
    const path = isPayment ? "/api/pay" : (READS[number % READS.length] ?? "/echo");
    const headers = {
      cookie: `sid=soak-${user}`,
      "cf-connecting-ip": addressOf(user),
      "content-type": "application/json",
      ...tokens.get(user),
    };
    const order = { paymentId: `soak-${number}`, amount: "1", currency: "HKD" };
    const body = isPayment ? JSON.stringify(order) : "";
    const method = isPayment ? "POST" : "GET";
    const end = await Promise.race([
      exchange(agent, edge.urls[0] ?? "", path, method, headers, body).then(
        (answer) => {
          for (const field of ["tidegate-pass", "tidegate-ticket"]) {
            const token = answer.headers[field];
            if (typeof token === "string") tokens.set(user, { [field]: token });
          }
          return String(answer.status);
        },
        () => "broken",
      ),
      sleep(DEADLINE_MS).then(() => "left"),
    ]);
    ends[end] = (ends[end] ?? 0) + 1;
  };
  const fired: Promise<void>[] = [];
  for (let number = 0; (number * 1000) / rate < runMs; number++) {
    const aheadMs = (number * 1000) / rate - elapsedMs();
    if (aheadMs > 1) await sleep(aheadMs);
    fired.push(shoot(number));
  }
  await Promise.all([...fired, watching, breaking]);
  agent.destroy();
  const warm = samples.filter(({ atMinutes }) => atMinutes * MINUTE_MS >= warmUpMs);
  const slope = slopeOf(warm.map(({ atMinutes, megabytes }) => [atMinutes, megabytes]));
  console.log(
    `${values.minutes} minutes: ${slope.toFixed(2)} MB a minute after ${values["warm-up"]} minutes (at most ${MOST_MB_A_MINUTE}); ${line(samples.at(-1), ends)}`,
  );
  return slope <= MOST_MB_A_MINUTE;
}

function addressOf(user: number): string {
  return `10.0.${Math.floor(user / 250) % 250}.${1 + (user % 250)}`;
}

function residentMegabytes(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return (pages * PAGE_BYTES) / 1024 / 1024;
}

function line(
  sample: { atMinutes: number; megabytes: number } | undefined,
  ends: Readonly<Record<string, number>>,
): string {
  return `${sample?.atMinutes.toFixed(1)} min ${sample?.megabytes.toFixed(1)} MB ${JSON.stringify(ends)}`;
}
