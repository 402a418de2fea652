/** Speaks to a running edge's admin API through Hono's typed client: paths, bodies and answers are checked as it compiles. */
import type { Command } from "commander";
import { hc, type InferRequestType } from "hono/client";
import { ADMIN_PATH, type AdminContract } from "../../src/config/admin/endpoints.ts";
import type { ChangeAnswer, ExplainedBucket, Status, VersionEntry } from "../../src/config/control-api.ts";
import type { ProbeRecord } from "../../src/config/health-report.ts";
import type { AuditAnswer, NamedToken } from "../../src/config/operator-api.ts";
import { CommandError, EXIT } from "./errors.ts";

export interface AdminOptions {
  url: string;
}

const TIMEOUT_MS = 15_000;

const client = (base: string, token: string) =>
  hc<AdminContract>(base, {
    headers: { authorization: `Bearer ${token}` },
    init: { redirect: "manual" },
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }),
  });
type Client = ReturnType<typeof client>;

export type OrdinaryEdit = InferRequestType<Client["changes"]["$post"]>["json"]["edit"];

type BodyOf<Path extends "pins" | "tokens"> = InferRequestType<Client[Path]["$post"]>["json"];

/** A write: an edit, a configuration file, or a whole state. */
export type Write =
  | OrdinaryEdit
  | { readonly kind: "apply"; readonly file: string; readonly toml: string }
  | { readonly kind: "import"; readonly state: string };

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly reason: string;
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
  readonly #client: Client;

  constructor(options: AdminOptions, env: NodeJS.ProcessEnv = process.env) {
    if (!URL.canParse(options.url)) throw new CommandError(`--url ${options.url} is no URL`, EXIT.usage);
    this.#base = new URL(ADMIN_PATH, options.url).href;
    const token = env.TIDEGATE_ADMIN_TOKEN ?? "";
    if (token === "")
      throw new CommandError(
        "TIDEGATE_ADMIN_TOKEN is not set; it holds the operators' token",
        EXIT.notAllowed,
      );
    this.#client = client(this.#base, token);
  }

  me() {
    return this.#read(this.#client.me.$get());
  }

  status(): Promise<Status> {
    return this.#read(this.#client.status.$get());
  }

  history(limit = 500): Promise<VersionEntry[]> {
    return this.#read(this.#client.history.$get({ query: { limit: String(limit) } }));
  }

  diff(from: number, to: number) {
    return this.#read(this.#client.diff.$get({ query: { from: String(from), to: String(to) } }));
  }

  /** Without `after` the newest. */
  audit(limit: number, after?: number): Promise<AuditAnswer> {
    const query = { limit: String(limit), ...(after === undefined ? {} : { after: String(after) }) };
    return this.#read(this.#client.audit.$get({ query }));
  }

  /** A pool's last probes by vantage, then origin, newest first. */
  probes(pool: string): Promise<Record<string, Record<string, ProbeRecord[]>>> {
    return this.#read(this.#client.probes[":pool"].$get({ param: { pool } }));
  }

  /** A user's buckets of every limit. */
  async explainLimits(user: string): Promise<ExplainedBucket[]> {
    const buckets = await this.#read(this.#client.limits.explain.$post({ json: { user } }));
    return buckets.map(({ view, ...bucket }) => ({ ...bucket, view }));
  }

  /** Answers without the pin when it was only tried, or refused. */
  pin(json: BodyOf<"pins">, tag: string) {
    return this.#read(this.#client.pins.$post({ header: ifMatch(tag), json }));
  }

  endSession(json: InferRequestType<Client["sessions"]["end"]["$post"]>["json"], tag: string) {
    return this.#read(this.#client.sessions.end.$post({ header: ifMatch(tag), json }));
  }

  tokens(): Promise<NamedToken[]> {
    return this.#read(this.#client.tokens.$get());
  }

  addToken(json: BodyOf<"tokens">, tag: string) {
    return this.#read(this.#client.tokens.$post({ header: ifMatch(tag), json }));
  }

  revokeToken(json: InferRequestType<Client["tokens"]["revoke"]["$post"]>["json"], tag: string) {
    return this.#read(this.#client.tokens.revoke.$post({ header: ifMatch(tag), json }));
  }

  /** The whole state as a text, byte for byte as Control wrote it. */
  async exportState(): Promise<string> {
    const response = await this.#answered(this.#client.state.$get());
    const text = await response.text();
    if (!response.ok) throw this.#failure(response, text);
    return text;
  }

  /** Asks for a change of what `tag` names; with `dryRun` only for what it would do. */
  write(write: Write, tag: string, options: WriteOptions): Promise<ChangeAnswer> {
    const header = ifMatch(tag);
    switch (write.kind) {
      case "apply": {
        const { kind: _, ...file } = write;
        return this.#read(this.#client.apply.$post({ header, json: { ...file, ...options } }));
      }
      case "import":
        return this.#read(this.#client.state.$post({ header, json: { state: write.state, ...options } }));
      default:
        return this.#read(this.#client.changes.$post({ header, json: { edit: write, ...options } }));
    }
  }

  async #read<Answer>(asking: Promise<{ json(): Promise<Answer> } & AnyResponse>): Promise<Answer> {
    const response = await this.#answered(asking);
    const text = await response.text();
    const answer = parse(text);
    // A refused write has an answer of its own; everything else is told as it is.
    if (response.ok || (isRecord(answer) && typeof answer.kind === "string")) return answer as Answer;
    throw this.#failure(response, text);
  }

  async #answered<Response>(asking: Promise<Response>): Promise<Response> {
    try {
      return await asking;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new CommandError(`cannot reach ${this.#base}: ${cause instanceof Error ? cause.message : cause}`);
    }
  }

  #failure({ status }: AnyResponse, text: string): CommandError {
    const answer = parse(text);
    const reason = isRecord(answer) && typeof answer.error === "string" ? answer.error : text.slice(0, 200);
    const isShut = [401, 403, 429].includes(status) || (status === 503 && reason.includes("token"));
    return new CommandError(
      `${this.#base} answered ${status}: ${reason}`,
      isShut ? EXIT.notAllowed : EXIT.failed,
    );
  }
}

/** What of Hono's typed response is needed here, whatever its types say of the status. */
interface AnyResponse {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
}

function ifMatch(tag: string): { "if-match": string } {
  return { "if-match": `"${tag}"` };
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
