// What a demo region saw, for tests to count: requests, payments, users, aborts, connections.
import type { IncomingMessage } from "node:http";

/** Paths beyond this many are counted together, so that a long run stays small. */
const MAX_PATHS = 2_000;
const MAX_ABORTS = 1_000;

export interface Abort {
  method: string;
  path: string;
  /** Unix time of the client's close, and how long the request had been here. */
  atMs: number;
  afterMs: number;
}

export interface Counts {
  requests: number;
  byPath: Record<string, number>;
  byMethod: Record<string, number>;
  /** How often a POST with this payment id arrived whole: above 1 is money moved twice. */
  byPayment: Record<string, number>;
  maxPerPayment: number;
  /** By the cookie `sid`. */
  byUser: Record<string, number>;
  /** Answered 503 because the region was at its capacity. */
  refused: number;
  /** POST and PUT /upload whose body arrived whole. */
  uploads: number;
  /** Of the bodies at /bytes, handed to the socket. */
  bytesSent: number;
  abortedTotal: number;
  aborted: Abort[];
  inFlight: number;
  peakInFlight: number;
  webSockets: number;
  /** WebSockets that have ended, by close code (RFC 6455, section 7.4). */
  webSocketCloses: Record<string, number>;
  connections: number;
  connectionsTotal: number;
}

export function newCounts(): Counts {
  return {
    requests: 0,
    // A path or a user may be called __proto__.
    byPath: Object.create(null),
    byMethod: Object.create(null),
    byPayment: Object.create(null),
    maxPerPayment: 0,
    byUser: Object.create(null),
    refused: 0,
    uploads: 0,
    bytesSent: 0,
    abortedTotal: 0,
    aborted: [],
    inFlight: 0,
    peakInFlight: 0,
    webSockets: 0,
    webSocketCloses: {},
    connections: 0,
    connectionsTotal: 0,
  };
}

/** Starts the counts again from zero, except for what is open now. */
export function resetCounts(counts: Counts): void {
  const { inFlight, webSockets, connections } = counts;
  Object.assign(counts, newCounts(), { inFlight, peakInFlight: inFlight, webSockets, connections });
}

export function countRequest(counts: Counts, message: IncomingMessage, path: string): void {
  counts.requests++;
  const isNewPath = !(path in counts.byPath);
  add(counts.byPath, isNewPath && Object.keys(counts.byPath).length >= MAX_PATHS ? "(more)" : path);
  add(counts.byMethod, message.method ?? "");
  const user = cookie(message, "sid");
  if (user !== undefined) add(counts.byUser, user);
  counts.inFlight++;
  counts.peakInFlight = Math.max(counts.peakInFlight, counts.inFlight);
}

export function countPayment(counts: Counts, paymentId: string): number {
  const times = add(counts.byPayment, paymentId);
  counts.maxPerPayment = Math.max(counts.maxPerPayment, times);
  return times;
}

export function countAbort(counts: Counts, abort: Abort): void {
  counts.abortedTotal++;
  counts.aborted.push(abort);
  if (counts.aborted.length > MAX_ABORTS) counts.aborted.shift();
}

export function cookie(message: IncomingMessage, name: string): string | undefined {
  for (const pair of (message.headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name) return value;
  }
  return undefined;
}

export function add(counts: Record<string, number>, key: string): number {
  const next = (counts[key] ?? 0) + 1;
  counts[key] = next;
  return next;
}
