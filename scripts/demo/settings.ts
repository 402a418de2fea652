// What a demo region can be told to be: how slow, how small and in which way broken.
export const FAULTS = [
  "none",
  "refuse", // the listening socket is closed and every connection dropped, as after kill -9
  "close", // accepted, then closed
  "reset", // RST after the request, before any header
  "hang", // never an answer
  "slow-headers", // the response head, one byte each 200 ms
  "headers-then-hang", // the head at once, the body never
  "truncate", // half of the body that Content-Length promised, then closed
  "trickle", // the body at 1 KB/s
  "delay-1s", // a good answer, one second later
  "status-500",
  "status-503",
  "status-503-retry-after",
  "malformed", // bytes that are not HTTP
  "flap", // refuses for one period, serves for the next
  "grey", // /healthz is well, all else is 500
] as const;
export type Fault = (typeof FAULTS)[number];

/** Which requests a fault strikes: all, all but /healthz, only /healthz, GET and HEAD, the others; or a path's prefix. */
export type Scope = "all" | "traffic" | "health" | "reads" | "writes" | `/${string}`;

export interface Settings {
  /** Added before every answer. */
  delayMs: number;
  /** Requests in flight above which the region answers 503; 0 is no ceiling. */
  capacity: number;
  fault: Fault;
  /** The share of requests (of connections, for `close`) that the fault strikes, 0 to 1. */
  faultRate: number;
  /** No part in `refuse`, `close` and `flap`, which strike before there is a request. */
  scope: Scope;
  /** One phase of `flap`; it starts with the bad one. */
  flapMs: number;
}

const FLAP_MS = 3_000;

export function defaultSettings(): Settings {
  return { delayMs: 0, capacity: 0, fault: "none", faultRate: 1, scope: "all", flapMs: FLAP_MS };
}

export type Change = { kind: "changed"; settings: Settings } | { kind: "invalid"; reason: string };

/** The settings with the members of a JSON value put over them, if each is known and well formed. */
export function changeSettings(settings: Settings, change: unknown): Change {
  if (typeof change !== "object" || change === null || Array.isArray(change)) {
    return { kind: "invalid", reason: "expected a JSON object" };
  }
  const next: Record<string, unknown> = { ...settings };
  for (const [key, value] of Object.entries(change)) {
    const isValid = CHECKS[key];
    if (!isValid)
      return { kind: "invalid", reason: `${key}: not a setting; known: ${Object.keys(CHECKS).join(", ")}` };
    if (!isValid(value))
      return { kind: "invalid", reason: `${key}: ${JSON.stringify(value)} is not possible` };
    next[key] = value;
  }
  return { kind: "changed", settings: next as unknown as Settings };
}

const CHECKS: Record<string, (value: unknown) => boolean> = {
  delayMs: isCount,
  capacity: isCount,
  fault: (value) => FAULTS.some((fault) => fault === value),
  faultRate: (value) => typeof value === "number" && value >= 0 && value <= 1,
  scope: (value) =>
    typeof value === "string" &&
    (value.startsWith("/") || ["all", "traffic", "health", "reads", "writes"].includes(value)),
  flapMs: (value) => isCount(value) && value !== 0,
};

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
