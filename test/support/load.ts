// Load for tests: so many requests at a concurrency (closed loop), or so many a second (open loop), and what came back.
import { type Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { KeptConnections } from "./kept-connections.ts";
import { PLANTED_HEADERS } from "./planted.ts";

export interface Shot {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface LoadOptions {
  /** The edges in turn. */
  urls: readonly string[];
  /** The request number `index`, from 0. */
  shot?: (index: number) => Shot;
  /** Answers are also counted by this header. */
  countBy?: string;
  /** Sees every answer's head. */
  onAnswer?: (index: number, answer: IncomingMessage) => void;
}

export interface Tally {
  total: number;
  byStatus: Record<string, number>;
  byHeader: Record<string, number>;
  /** Requests without an answer, or with one that broke off, by error code. */
  errors: Record<string, number>;
  latenciesMs: number[];
  durationMs: number;
}

const SHOT_DEADLINE_MS = 30_000;
/** workerd takes two files for each connection, and ends when it may open no more (decision 14). */
const MOST_UNDER_WAY = 2_000;

export async function load(options: LoadOptions & { requests: number; concurrency: number }): Promise<Tally> {
  const agent = new KeptConnections({ maxSockets: options.concurrency });
  return tallied(options, agent, async (fire) => {
    let next = 0;
    const worker = async () => {
      while (next < options.requests) await fire(next++);
    };
    await Promise.all(Array.from({ length: options.concurrency }, worker));
  });
}

/**
 * A fixed schedule: a slow answer delays no other request, until `mostUnderWay` wait for theirs.
 *
 * @param options.mostUnderWay left out, as many as a workerd can bear
 */
export async function paced({
  ratePerSecond,
  durationMs,
  signal,
  mostUnderWay = MOST_UNDER_WAY,
  ...options
}: LoadOptions & {
  ratePerSecond: number;
  durationMs: number;
  signal?: AbortSignal;
  mostUnderWay?: number;
}): Promise<Tally> {
  const agent = new KeptConnections();
  const requests = Math.round((ratePerSecond * durationMs) / 1000);
  return tallied(options, agent, async (fire) => {
    const startMs = performance.now();
    const fired: Promise<void>[] = [];
    let answered = 0;
    while (fired.length < requests && !signal?.aborted) {
      const dueMs = startMs + (fired.length * 1000) / ratePerSecond;
      const waitMs = dueMs - performance.now();
      const isBusy = fired.length - answered >= mostUnderWay;
      if (waitMs > 1 || isBusy) await sleep(Math.max(1, waitMs));
      if (!isBusy) fired.push(fire(fired.length).then(() => void answered++));
    }
    await Promise.all(fired);
  });
}

async function tallied(
  { urls, shot = () => ({}), countBy, onAnswer }: LoadOptions,
  agent: KeptConnections,
  shoot: (fire: (index: number) => Promise<void>) => Promise<void>,
): Promise<Tally> {
  const tally: Tally = { total: 0, byStatus: {}, byHeader: {}, errors: {}, latenciesMs: [], durationMs: 0 };
  const startMs = performance.now();
  await shoot(async (index) => {
    const sentMs = performance.now();
    tally.total++;
    try {
      agent.dropIdle();
      const answer = await send(agent, urls[index % urls.length] ?? "", shot(index));
      onAnswer?.(index, answer);
      add(tally.byStatus, String(answer.statusCode));
      if (countBy !== undefined)
        add(tally.byHeader, String(answer.headers[countBy.toLowerCase()] ?? "(none)"));
    } catch (error) {
      add(tally.errors, (error as NodeJS.ErrnoException).code ?? String(error));
    }
    tally.latenciesMs.push(performance.now() - sentMs);
  });
  agent.destroy();
  tally.durationMs = performance.now() - startMs;
  return tally;
}

/** Resolves when the whole body is here. */
function send(agent: Agent, url: string, { method = "GET", path = "/", headers = {}, body }: Shot) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const outgoing = request(
      new URL(url),
      { agent, method, path, headers: { ...PLANTED_HEADERS, ...headers, ...length } },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer));
        answer.once("error", reject);
      },
    );
    outgoing.setTimeout(SHOT_DEADLINE_MS, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
