/** Speaks to the operators' API through Hono's typed client, as the command does. */
import { hc, type InferRequestType } from "hono/client";
import type { InferOutput } from "valibot";
import type * as answers from "../config/admin/answers.ts";
import type { AdminContract } from "../config/admin/endpoints.ts";

export type Status = InferOutput<typeof answers.StatusAnswer>;
export type Pool = Status["pools"][number];
export type Origin = Pool["origins"][number];
export type Room = Status["rooms"][number];
export type Series = InferOutput<typeof answers.SeriesAnswer>;
export type Me = InferOutput<typeof answers.MeAnswer>;
export type Audit = InferOutput<typeof answers.AuditPageAnswer>;
export type History = InferOutput<typeof answers.HistoryAnswer>;
export type WriteAnswer = InferOutput<typeof answers.WriteAnswer>;

const clientOf = (token: string) =>
  hc<AdminContract>("/.tidegate/admin/api", {
    headers: () => (token === "" ? {} : { authorization: `Bearer ${token}` }) as Record<string, string>,
    fetch: (input: RequestInfo | URL, init?: RequestInit) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }),
  });
type Client = ReturnType<typeof clientOf>;
export type Edit = InferRequestType<Client["changes"]["$post"]>["json"]["edit"];

const TIMEOUT_MS = 10_000;

/** The API said no, in its own words. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class Api {
  readonly #client: Client;

  /** @param token "" where Cloudflare Access says who asks */
  constructor(token: string) {
    this.#client = clientOf(token);
  }

  me(): Promise<Me> {
    return read(this.#client.me.$get());
  }

  status(): Promise<Status> {
    return read(this.#client.status.$get());
  }

  series(window: "hour" | "day", sinceMs: number): Promise<Series> {
    return read(this.#client.series.$get({ query: { window, since: String(Math.floor(sinceMs)) } }));
  }

  audit(): Promise<Audit> {
    return read(this.#client.audit.$get({ query: { limit: "100" } }));
  }

  history(): Promise<History> {
    return read(this.#client.history.$get({ query: { limit: "50" } }));
  }

  /** @param tag of the status that the operator has seen */
  async change(
    edit: Edit,
    tag: string,
    { dryRun, reason }: { dryRun: boolean; reason: string },
  ): Promise<WriteAnswer> {
    const response: Response = await this.#client.changes.$post({
      header: { "if-match": `"${tag}"` },
      json: { edit, reason, dryRun },
    });
    const said: unknown = await response.json().catch(() => ({}));
    if (typeof said === "object" && said !== null && "kind" in said) return said as WriteAnswer;
    throw new Refusal(response.status, errorIn(said) ?? `the API answered ${response.status}`);
  }
}

async function read<Value>(asked: Promise<{ status: number; json(): Promise<unknown> }>): Promise<Value> {
  const response = await asked;
  if (response.status === 200) return (await response.json()) as Value;
  const said = errorIn(await response.json().catch(() => ({})));
  throw new Refusal(response.status, said ?? `the API answered ${response.status}`);
}

function errorIn(said: unknown): string | undefined {
  const error = typeof said === "object" && said !== null && "error" in said ? said.error : undefined;
  return typeof error === "string" ? error : undefined;
}
