// Load whose every request is kept: when it was sent, by which edge, and what its client got in the end.
import { type Agent, request } from "node:http";
import { KeptConnections } from "./kept-connections.ts";
import type { Shot } from "./load.ts";

/** What one client got. */
export interface Entry {
  readonly index: number;
  /** The edge that was asked, by its place in `urls`. */
  readonly edge: number;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  /** 0: no answer at all. */
  readonly status: number;
  /** As `Tidegate-Origin` tells it (`debug_headers`); empty for an answer of the edge's own. */
  readonly origin: string;
  /** As `Tidegate-Attempts` tells it; 0 for an answer of the edge's own. */
  readonly attempts: number;
  readonly retryAfter: string;
  readonly type: string;
  readonly body: string;
  /** The body broke off, or was not whole at the client's deadline. */
  readonly isCut: boolean;
  readonly error: string;
}

export interface JournalOptions {
  /** The edges in turn. */
  urls: readonly string[];
  shot: (index: number) => Shot;
  /** How long a client waits for the whole answer. */
  deadlineMs?: number;
  signal?: AbortSignal;
  onEntry?: (entry: Entry) => void;
}

const DEADLINE_MS = 15_000;

/** Open loop: a fixed schedule, so that a slow answer delays no other request. */
export async function openLoop(
  options: JournalOptions & { ratePerSecond: number; durationMs: number },
): Promise<Entry[]> {
  const { ratePerSecond, durationMs, signal } = options;
  return journal(options, async (fire) => {
    const startMs = performance.now();
    const fired: Promise<void>[] = [];
    const requests = Math.round((ratePerSecond * durationMs) / 1000);
    while (fired.length < requests && !signal?.aborted) {
      const waitMs = startMs + (fired.length * 1000) / ratePerSecond - performance.now();
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      fired.push(fire(fired.length));
    }
    await Promise.all(fired);
  });
}

/** Closed loop: so many clients, each with its next request when the last one has ended. */
export async function closedLoop(
  options: JournalOptions & { requests: number; concurrency: number },
): Promise<Entry[]> {
  return journal(options, async (fire) => {
    let next = 0;
    const client = async () => {
      while (next < options.requests && !options.signal?.aborted) await fire(next++);
    };
    await Promise.all(Array.from({ length: options.concurrency }, client));
  });
}

async function journal(
  { urls, shot, deadlineMs = DEADLINE_MS, onEntry }: JournalOptions,
  run: (fire: (index: number) => Promise<void>) => Promise<void>,
): Promise<Entry[]> {
  const agent = new KeptConnections();
  const entries: Entry[] = [];
  await run(async (index) => {
    const edge = index % urls.length;
    const sentAtMs = Date.now();
    agent.dropIdle();
    const got = await ask(agent, urls[edge] ?? "", shot(index), deadlineMs);
    const entry = { index, edge, sentAtMs, endedAtMs: Date.now(), ...got };
    entries.push(entry);
    onEntry?.(entry);
  });
  agent.destroy();
  return entries;
}

type Got = Omit<Entry, "index" | "edge" | "sentAtMs" | "endedAtMs">;

/** Never throws: what went wrong is the answer. */
function ask(
  agent: Agent,
  url: string,
  { method = "GET", path = "/", headers = {}, body }: Shot,
  deadlineMs: number,
): Promise<Got> {
  return new Promise((resolve) => {
    let got: Got = {
      status: 0,
      origin: "",
      attempts: 0,
      retryAfter: "",
      type: "",
      body: "",
      isCut: false,
      error: "",
    };
    const settle = (error: string): void => {
      clearTimeout(timer);
      resolve({ ...got, error, isCut: got.status !== 0 && error !== "" });
      outgoing.destroy();
    };
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const outgoing = request(
      new URL(url),
      { agent, method, path, headers: { ...headers, ...length } },
      (answer) => {
        const field = (name: string): string => String(answer.headers[name] ?? "");
        got = {
          ...got,
          status: answer.statusCode ?? 0,
          origin: field("tidegate-origin"),
          attempts: Number(field("tidegate-attempts")),
          retryAfter: field("retry-after"),
          type: field("content-type"),
        };
        answer.setEncoding("utf8").on("data", (text: string) => {
          got = { ...got, body: got.body + text };
        });
        answer.once("end", () => {
          clearTimeout(timer);
          resolve(got);
        });
        answer.once("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
      },
    );
    const timer = setTimeout(() => settle("deadline"), deadlineMs);
    outgoing.once("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    outgoing.end(body);
  });
}

/** How many entries there are of each kind. */
export function tallyBy<Each>(
  entries: readonly Each[],
  kind: (entry: Each) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const entry of entries) {
    const name = kind(entry);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The status, with a problem's name when the edge itself answered. */
export function answerKind({ status, type, body, isCut, error }: Entry): string {
  if (status === 0) return `no answer (${error})`;
  const cut = isCut ? " cut" : "";
  if (!type.startsWith("application/problem+json")) return `${status}${cut}`;
  return `${status} ${/"type":"[^"]*[/#]([^"/#]+)"/.exec(body)?.[1] ?? "?"}${cut}`;
}
