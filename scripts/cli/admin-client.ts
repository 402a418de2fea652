/** Speaks to a running edge's admin API. */
import type { Command } from "commander";
import type {
  ChangeAnswer,
  ChangeRequest,
  ExplainedBucket,
  Status,
  VersionEntry,
} from "../../src/config/control-api.ts";
import type { ProbeRecord } from "../../src/config/health-report.ts";
import { CommandError } from "./errors.ts";

export interface AdminOptions {
  url: string;
}

export interface IssuedPin {
  /** The name of the request header. */
  header: string;
  value: string;
  expiresAtMs: number;
}

/** Adds `--url` to a command. */
export function withUrl(command: Command): Command {
  return command.option(
    "--url <url>",
    "the edge to speak to; the token is in TIDEGATE_ADMIN_TOKEN",
    "http://127.0.0.1:8787",
  );
}

export class AdminClient {
  readonly #base: string;
  readonly #token: string;

  constructor(options: AdminOptions, env: NodeJS.ProcessEnv = process.env) {
    if (!URL.canParse(options.url)) throw new CommandError(`--url ${options.url} is no URL`, 2);
    this.#base = new URL("/.tidegate/admin/api/", options.url).href;
    this.#token = env.TIDEGATE_ADMIN_TOKEN ?? "";
    if (this.#token === "")
      throw new CommandError("TIDEGATE_ADMIN_TOKEN is not set; it holds the operators' token");
  }

  async status(): Promise<Status> {
    return (await this.#send("GET", "status")) as Status;
  }

  async history(): Promise<VersionEntry[]> {
    return (await this.#send("GET", "history")) as VersionEntry[];
  }

  /** A pool's last probes by vantage, then origin, newest first. */
  async probes(pool: string): Promise<Record<string, Record<string, ProbeRecord[]>>> {
    return (await this.#send("GET", `probes/${encodeURIComponent(pool)}`)) as Record<
      string,
      Record<string, ProbeRecord[]>
    >;
  }

  /** A user's buckets of every limit. */
  async explainLimits(user: string): Promise<ExplainedBucket[]> {
    return (await this.#send("POST", "limits/explain", { user })) as ExplainedBucket[];
  }

  async pin(pool: string, origin: string, minutes: number): Promise<IssuedPin> {
    return (await this.#send("POST", "pins", { pool, origin, minutes })) as IssuedPin;
  }

  /** Asks for a change of the version `basedOn`; with `dryRun` only for what it would do. */
  async change(
    edit: ChangeRequest["edit"],
    basedOn: number,
    options: { dryRun: boolean; reason: string },
  ): Promise<ChangeAnswer> {
    return (await this.#send(
      "POST",
      "changes",
      { edit, ...options },
      { "if-match": `"${basedOn}"` },
    )) as ChangeAnswer;
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(15_000),
    }).catch((error: Error) => {
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new CommandError(`cannot reach ${this.#base}: ${cause}`);
    });
    const text = await response.text();
    const answer = parse(text);
    // A refused change has an answer of its own; everything else is told as it is.
    if (response.ok || (isRecord(answer) && typeof answer.kind === "string")) return answer;
    const reason = isRecord(answer) && typeof answer.error === "string" ? answer.error : text.slice(0, 200);
    throw new CommandError(`${this.#base}${path} answered ${response.status}: ${reason}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
