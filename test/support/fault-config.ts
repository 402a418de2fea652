// The configuration that faults of objects, clocks and edges are tried on: a host for each thing that may suffer.
import { createHash } from "node:crypto";
import { type Answer, exchange } from "../../scripts/lib/crowd.ts";
import { pool } from "./config.ts";
import type { FaultOrigins } from "./fault-origins.ts";
import type { TomlTable } from "./toml.ts";

/** The tokens of the limit on the host `three`; they come back so slowly that no test sees one. */
const THREE = 3;
const ROOM = { active_limit: 1_000, session: "5m" };
export const AGENT = "fault-matrix/1";

/** A key of its own for each user who signs in. */
export function apiKey(user: string): string {
  return `key of ${user}`;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

export function faultConfig(origins: FaultOrigins, signedIn: readonly string[]): TomlTable {
  const wells = [0, 1, 2].map((index) => origins.at("none", index));
  const watched = { health: { interval: "1s", timeout: "500ms" } };
  const hosts: [name: string, route: TomlTable][] = [
    ["plain", {}],
    ["watched", { pool: "watched" }],
    ["slow", { pool: "slow" }],
    ["open", { limits: ["open"] }],
    ["closed", { limits: ["closed"] }],
    ["three", { limits: ["three"] }],
    ["queueing", { room: "queueing" }],
    ["opening", { room: "opening" }],
    ["held", { room: "held" }],
  ];
  return {
    pools: [
      pool("wallet", wells, { affinity: "none" }),
      pool("watched", wells, { affinity: "none", ...watched }),
      pool("slow", [origins.at("trickle", 0)], { affinity: "none" }),
    ],
    routes: hosts.map(([name, route]) => ({ hosts: [`${name}.test`], path: "/*", pool: "wallet", ...route })),
    // A busy machine's healthy store may take longer than the 100 ms that are usual.
    limiter: { timeout: "1s" },
    limits: [
      { name: "open", key: "ip", capacity: 1_000, refill: 0, on_error: "open" },
      { name: "closed", key: "ip", capacity: 1_000, refill: 0, on_error: "closed" },
      { name: "three", key: "ip", capacity: THREE, refill: 1, interval: "10m", on_error: "closed" },
    ],
    rooms: [
      { name: "queueing", on_error: "queue", ...ROOM },
      { name: "opening", on_error: "open", ...ROOM },
      { name: "held", mode: "hold", ...ROOM },
    ],
    // Tells an edge's time.
    page: { status: { pools: { wallet: { en: "Wallet" } } } },
    identity: {
      api_keys: { sha256: Object.fromEntries(signedIn.map((user, at) => [`u${at}`, sha256(apiKey(user))])) },
    },
  };
}

/** What a plain read of a host's route is answered. */
export function readFrom(url: string, host: string, address: string): Promise<Answer> {
  const headers = { host: `${host}.test`, "user-agent": AGENT, "cf-connecting-ip": address };
  return exchange(undefined, url, "/api/balance", "GET", headers);
}

/** Somebody's pass for the room `queueing`. */
export async function passFrom(url: string, address: string): Promise<string> {
  const { status, headers } = await readFrom(url, "queueing", address);
  const pass = headers["tidegate-pass"];
  if (status !== 200 || typeof pass !== "string") throw new Error(`no pass: ${status}`);
  return pass;
}

/** The time by an edge's own clock, epoch milliseconds. */
export async function timeAt(url: string): Promise<number> {
  const answer = await fetch(`${url}/.tidegate/status`, { headers: { accept: "application/json" } });
  return Date.parse(((await answer.json()) as { at: string }).at);
}

/** An address of its own for each user, so that nobody shares a bucket. */
export function addressOf(user: string): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(user).digest();
  return `10.${a}.${b}.${c}`;
}
