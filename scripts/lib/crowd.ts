/** A crowd at a waiting room: each user asks, waits as long as told, polls, and stays for a while once in. */
import { Agent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";

export interface CrowdOptions {
  /** The edges; each request goes to the next. */
  urls: readonly string[];
  path?: string;
  room?: string;
  /** Sent with every request of a user. */
  headersOf?: (user: number) => Record<string, string>;
  /** Connections at the most; what goes beyond waits here, and its time counts. */
  sockets?: number;
  /** Told of each request: the answer, or undefined when there was none. */
  onAnswer?: (answer: Answer | undefined, sentAtMs: number) => void;
}

export interface Stay {
  /** How long the user goes on asking once in. */
  forMs: number;
  /** Between two requests of a user who is in. */
  everyMs: number;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Parsed, when it is JSON. */
  json: Record<string, unknown> | undefined;
  atMs: number;
}

export interface Visitor {
  readonly index: number;
  readonly joinedAtMs: number;
  /** When the answer to the first request came. */
  answeredAtMs: number | undefined;
  /** What the user was told, in turn. */
  readonly positions: number[];
  /** Of the ticket with which each was told. */
  readonly placeIds: string[];
  /** As signed in the ticket, epoch milliseconds. */
  arrivedAtMs: number | undefined;
  ticket: string | undefined;
  pass: string | undefined;
  /** When the first answer of the origin, or the pass, came. */
  admittedAtMs: number | undefined;
  /** When the last request that the origin answered was sent. */
  lastUsedAtMs: number | undefined;
  /** How the user was turned away while in. */
  readonly turnedAway: Answer[];
  polls: number;
  readonly pollAfterSeconds: number[];
}

const DEADLINE_MS = 30_000;

export class Crowd {
  readonly visitors: Visitor[] = [];
  readonly #options: CrowdOptions;
  readonly #agent: Agent;
  #turn = 0;
  #isOver = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    const settings = { keepAlive: true, maxSockets: options.sockets ?? 200, timeout: DEADLINE_MS };
    const isSecure = options.urls.some((url) => url.startsWith("https:"));
    this.#agent = isSecure ? new SecureAgent(settings) : new Agent(settings);
  }

  /** Everybody stops where they are. */
  close(): void {
    this.#isOver = true;
    this.#agent.destroy();
  }

  /** A new user's first request. */
  async join(index: number): Promise<Visitor> {
    const visitor: Visitor = {
      index,
      joinedAtMs: performance.now(),
      answeredAtMs: undefined,
      positions: [],
      placeIds: [],
      arrivedAtMs: undefined,
      ticket: undefined,
      pass: undefined,
      admittedAtMs: undefined,
      lastUsedAtMs: undefined,
      turnedAway: [],
      polls: 0,
      pollAfterSeconds: [],
    };
    this.visitors.push(visitor);
    await this.ask(visitor);
    return visitor;
  }

  /** Asks for what the user wants, with what the user has. */
  async ask(visitor: Visitor): Promise<Answer> {
    const sentAtMs = performance.now();
    const { path = "/api/balance" } = this.#options;
    const answer = await this.send(visitor, path);
    visitor.answeredAtMs ??= answer.atMs;
    const isInLine = answer.json?.state === "waiting" || answer.json?.state === "paused";
    if (answer.status === 200 && !isInLine) {
      visitor.admittedAtMs ??= answer.atMs;
      visitor.lastUsedAtMs = sentAtMs;
      visitor.pass = textOf(answer.headers["tidegate-pass"]) ?? visitor.pass;
      if (visitor.pass !== undefined) visitor.ticket = undefined;
    } else {
      if (visitor.admittedAtMs !== undefined) visitor.turnedAway.push(answer);
      this.#noteStanding(visitor, answer);
    }
    return answer;
  }

  /** Asks for the place in line. */
  async poll(visitor: Visitor): Promise<Answer> {
    const { room = "main" } = this.#options;
    visitor.polls += 1;
    const answer = await this.send(visitor, `/.tidegate/queue/${room}`);
    if (answer.json?.state === "admitted") {
      visitor.pass = String(answer.json.pass);
      visitor.ticket = undefined;
      visitor.admittedAtMs ??= answer.atMs;
      visitor.lastUsedAtMs = answer.atMs;
    } else this.#noteStanding(visitor, answer);
    return answer;
  }

  /** Waits and polls as told until in, or until `leaves` says so. */
  async wait(visitor: Visitor, leaves: () => boolean = () => false): Promise<void> {
    while (visitor.admittedAtMs === undefined && !this.#isOver && !leaves()) {
      await sleep((visitor.pollAfterSeconds.at(-1) ?? 2) * 1000);
      if (this.#isOver || leaves()) return;
      try {
        await this.poll(visitor);
      } catch {
        // The edge is being restarted: the next poll finds it again.
      }
    }
  }

  /** Uses the pass for a while. */
  async stay(visitor: Visitor, { forMs, everyMs }: Stay): Promise<void> {
    const untilMs = performance.now() + forMs;
    while (!this.#isOver) {
      await this.ask(visitor).catch(() => undefined);
      if (performance.now() + everyMs >= untilMs) return;
      await sleep(everyMs);
    }
  }

  async send(visitor: Visitor, path: string, method = "GET"): Promise<Answer> {
    const { urls, headersOf, onAnswer } = this.#options;
    const url = urls[this.#turn++ % urls.length] ?? "";
    const headers: Record<string, string> = { accept: "application/json", ...headersOf?.(visitor.index) };
    if (visitor.pass !== undefined) headers["tidegate-pass"] = visitor.pass;
    if (visitor.ticket !== undefined) headers["tidegate-ticket"] = visitor.ticket;
    const sentAtMs = performance.now();
    try {
      const answer = await exchange(this.#agent, url, path, method, headers);
      onAnswer?.(answer, sentAtMs);
      return answer;
    } catch (error) {
      if (!this.#isOver) onAnswer?.(undefined, sentAtMs);
      throw error;
    }
  }

  #noteStanding(visitor: Visitor, { json }: Answer): void {
    if (typeof json?.ticket === "string") {
      visitor.ticket = json.ticket;
      visitor.arrivedAtMs = numberIn(json.ticket, "t");
    }
    if (typeof json?.position === "number") {
      visitor.positions.push(json.position);
      visitor.placeIds.push(visitor.ticket === undefined ? "" : memberOf(visitor.ticket, "id"));
    }
    if (typeof json?.pollAfterSeconds === "number") visitor.pollAfterSeconds.push(json.pollAfterSeconds);
  }
}

export function exchange(
  agent: Agent | undefined,
  url: string,
  path: string,
  method: string,
  headers: Record<string, string>,
  body = "",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === "" ? {} : { "content-length": Buffer.byteLength(body) };
    const options = { agent, method, path, headers: { ...headers, ...length } };
    const ask = url.startsWith("https:") ? secureRequest : request;
    const outgoing = ask(new URL(url), options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () => {
        const type = String(incoming.headers["content-type"] ?? "");
        const text = Buffer.concat(chunks).toString();
        const json =
          /json/.test(type) && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : undefined;
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          json,
          atMs: performance.now(),
        });
      });
    });
    outgoing.setTimeout(DEADLINE_MS, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/**
 * The most users who are in at the same time: from when they learn of it until a session after their last request.
 *
 * @param mayForget whether the edge may have died before it could tell of a use: then a user is in for as long as the
 *   last pass says
 */
export function peakActive(visitors: readonly Visitor[], sessionMs: number, mayForget = false): number {
  const offsetMs = Date.now() - performance.now();
  const steps = visitors.flatMap(({ admittedAtMs, lastUsedAtMs, pass }) => {
    if (admittedAtMs === undefined || lastUsedAtMs === undefined) return [];
    const saidMs =
      mayForget && pass !== undefined ? numberIn(pass, "until") - offsetMs : Number.POSITIVE_INFINITY;
    const endMs = Math.max(admittedAtMs, Math.min(saidMs, lastUsedAtMs + sessionMs));
    return [
      { atMs: admittedAtMs, by: 1 },
      { atMs: endMs, by: -1 },
    ];
  });
  // Who leaves at a moment leaves before who comes in at it.
  steps.sort((one, other) => one.atMs - other.atMs || one.by - other.by);
  let active = 0;
  let peak = 0;
  for (const { by } of steps) {
    active += by;
    peak = Math.max(peak, active);
  }
  return peak;
}

function numberIn(token: string, member: "until" | "t"): number {
  return memberOf(token, member);
}

/** A member of what a token says. */
function memberOf<Member extends "until" | "t" | "id">(
  token: string,
  member: Member,
): Member extends "id" ? string : number {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  return JSON.parse(payload)[member];
}

/**
 * How far the positions told first are from how many came before, by the times signed in the tickets: in places. Of a room
 * that lets in while they come, those who were let in meanwhile are ahead of nobody any more.
 */
export function issueErrors(visitors: readonly Visitor[]): { ahead: number; error: number }[] {
  return visitors
    .flatMap(({ arrivedAtMs, positions: [told] }) =>
      arrivedAtMs === undefined || told === undefined ? [] : [{ arrivedAtMs, told }],
    )
    .sort((one, other) => one.arrivedAtMs - other.arrivedAtMs)
    .map(({ told }, ahead) => ({ ahead, error: told - ahead - 1 }));
}

/** Users who were told a higher position after a lower one of the same ticket: who was out too long stands anew. */
export function grownPositions(visitors: readonly Visitor[]): Visitor[] {
  return visitors.filter(({ positions, placeIds }) =>
    positions.some(
      (position, at) => at > 0 && placeIds[at] === placeIds[at - 1] && position > (positions[at - 1] ?? 0),
    ),
  );
}

function textOf(field: string | string[] | undefined): string | undefined {
  return Array.isArray(field) ? field[0] : field;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
