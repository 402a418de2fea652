/** One round trip to Redis: gathers the scripts that the rate limit library would send one by one, and sets their time. */
import type { Redis } from "@upstash/redis/cloudflare";

/** What an edge knows of the library's scripts, by SHA-1. Plain data; outlives requests. */
export interface Scripts {
  readonly texts: Map<string, string>;
  /** Those that Redis has in its cache, as far as is known. */
  readonly loaded: Set<string>;
}

/** `[level or -1, next refill, capacity]`, from both of the library's token bucket scripts. */
type Reply = readonly [number, number, number];

type Command =
  | {
      readonly kind: "script";
      readonly hash: string;
      readonly keys: string[];
      readonly args: unknown[];
      readonly settle: (reply: Reply | Error) => void;
    }
  | { readonly kind: "expire"; readonly key: string; readonly ms: number }
  | {
      readonly kind: "plain";
      readonly add: (pipeline: ReturnType<Redis["pipeline"]>) => void;
      /** Undefined when there is no answer. */
      readonly settle?: (result: unknown) => void;
    }
  | { readonly kind: "time"; readonly settle: (storeMs: number) => void };

interface RawAnswer {
  readonly result: unknown;
  readonly error?: string;
}

/** Where `now` stands among the arguments of the library's limit script, and how many those are. */
const NOW = 3;
const LIMIT_ARGUMENTS = 5;

export function noScripts(): Scripts {
  return { texts: new Map(), loaded: new Set() };
}

/**
 * Belongs to one request: nothing that is awaited here is awaited by another. The library calls {@link evalsha} and
 * {@link eval} at once, within its own call; nothing is sent before {@link send}.
 */
export class Trip {
  readonly #scripts: Scripts;
  readonly #commands: Command[] = [];
  /** Epoch milliseconds for the scripts that are gathered next, in place of the edge's own. */
  nowMs = 0;
  #wanted = "";
  #isSent = false;

  constructor(scripts: Scripts) {
    this.#scripts = scripts;
  }

  /** Stands in for the client's `evalsha`. */
  evalsha(hash: string, keys: string[], args: unknown[]): Promise<unknown> {
    if (this.#scripts.texts.has(hash)) return this.#gather(hash, keys, args);
    // The library tells a script's text only when it is not in the cache, by calling `eval` at once.
    this.#wanted = hash;
    throw new Error("NOSCRIPT");
  }

  /** Stands in for the client's `eval`. */
  eval(script: string, keys: string[], args: unknown[]): Promise<unknown> {
    // Too late: a promise that nobody settles would hold its request up.
    if (this.#isSent) throw new Error("the store has no scripts");
    this.#scripts.texts.set(this.#wanted, script);
    return this.#gather(this.#wanted, keys, args);
  }

  /** Sees to it that a key which the library writes without an end has one. */
  expire(key: string, ms: number): void {
    this.#commands.push({ kind: "expire", key, ms });
  }

  /** Puts a text at the head of a list that keeps so many and ends after so long. Nobody waits for how that went. */
  note(key: string, text: string, kept: number, ms: number): void {
    this.#commands.push(
      { kind: "plain", add: (pipeline) => pipeline.lpush(key, text) },
      { kind: "plain", add: (pipeline) => pipeline.ltrim(key, 0, kept - 1) },
      { kind: "plain", add: (pipeline) => pipeline.pexpire(key, ms) },
    );
  }

  /** What {@link note} has put there, the newest first; nothing when that cannot be read. */
  notes(key: string): Promise<string[]> {
    return new Promise((resolve) => {
      const settle = (result: unknown) =>
        resolve(Array.isArray(result) ? result.filter((one) => typeof one === "string") : []);
      this.#commands.push({ kind: "plain", add: (pipeline) => pipeline.lrange(key, 0, -1), settle });
    });
  }

  time(settle: (storeMs: number) => void): void {
    this.#commands.push({ kind: "time", settle });
  }

  /** Sends what was gathered. Rejects when there is no answer; the scripts' promises are rejected as well then. */
  async send(client: Redis): Promise<void> {
    this.#isSent = true;
    const lost = await this.#exchange(client, this.#commands);
    // What Redis did not find in its cache was not carried out: this repeats nothing.
    if (lost.length > 0) await this.#exchange(client, lost);
  }

  #gather(hash: string, keys: string[], args: unknown[]): Promise<Reply> {
    const timed = args.length === LIMIT_ARGUMENTS ? args.with(NOW, this.nowMs) : args;
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply | Error) => (reply instanceof Error ? reject(reply) : resolve(reply));
      this.#commands.push({ kind: "script", hash, keys, args: timed, settle });
    });
  }

  /** Returns the scripts that Redis has lost from its cache. */
  async #exchange(client: Redis, commands: readonly Command[]): Promise<Command[]> {
    const pipeline = client.pipeline();
    // A script is sent as text once, and is in the cache for those after it.
    const loaded = new Set(this.#scripts.loaded);
    const wereTexts = commands.map((command) => this.#add(pipeline, command, loaded));
    let answers: readonly RawAnswer[];
    try {
      answers = (await pipeline.exec({ keepErrors: true })) as RawAnswer[];
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const command of commands) {
        if (command.kind === "script") command.settle(reason);
        if (command.kind === "plain") command.settle?.(undefined);
      }
      throw reason;
    }
    let isAnyLost = false;
    const again = commands.filter((command, index) => {
      const answer = answers[index];
      // Belongs to the script before it, which may be lost.
      if (command.kind === "expire") return true;
      if (command.kind === "script" && !wereTexts[index] && answer?.error?.includes("NOSCRIPT")) {
        this.#scripts.loaded.delete(command.hash);
        isAnyLost = true;
        return true;
      }
      this.#settle(command, answer);
      return false;
    });
    return isAnyLost ? again : [];
  }

  /** Returns whether a script is sent as text. */
  #add(pipeline: ReturnType<Redis["pipeline"]>, command: Command, loaded: Set<string>): boolean {
    if (command.kind === "time") pipeline.time();
    else if (command.kind === "plain") command.add(pipeline);
    else if (command.kind === "expire") pipeline.pexpire(command.key, command.ms);
    else if (loaded.has(command.hash)) pipeline.evalsha(command.hash, command.keys, command.args);
    else {
      pipeline.eval(this.#scripts.texts.get(command.hash) ?? "", command.keys, command.args);
      loaded.add(command.hash);
      return true;
    }
    return false;
  }

  #settle(command: Command, answer: RawAnswer | undefined): void {
    if (command.kind === "time") {
      const storeMs = timeOf(answer?.result);
      if (storeMs !== undefined) command.settle(storeMs);
    } else if (command.kind === "plain") {
      command.settle?.(answer?.result);
    } else if (command.kind === "script") {
      if (isReply(answer?.result)) {
        this.#scripts.loaded.add(command.hash);
        command.settle(answer.result);
      } else command.settle(new Error(answer?.error ?? "the store's answer is not a bucket's"));
    }
  }
}

function isReply(result: unknown): result is Reply {
  return Array.isArray(result) && result.length === 3 && result.every(Number.isSafeInteger);
}

/** Redis tells seconds and microseconds. */
function timeOf(result: unknown): number | undefined {
  if (!Array.isArray(result) || result.length !== 2) return undefined;
  const storeMs = Math.floor(Number(result[0]) * 1000 + Number(result[1]) / 1000);
  return Number.isSafeInteger(storeMs) && storeMs > 0 ? storeMs : undefined;
}
