/** What tests in workerd share: small files of weights, Control objects of their own, edges that have just started. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Actor } from "../../src/config/audit-record.ts";
import type {
  Bundle,
  ChangeRequest,
  ControlApi,
  ExchangeAnswer,
  ExchangeRequest,
} from "../../src/config/control-api.ts";
import type { Edit } from "../../src/config/edit.ts";
import type { Env } from "../../src/config/env.ts";
import type { EdgeReport } from "../../src/config/health-report.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import type { Compiled } from "../../src/edge/compiled.ts";
import { countSlots } from "../../src/policy/slot-table.ts";
import { walletConfig } from "../support/config.ts";
import { type TomlTable, toToml } from "../support/toml.ts";

export type Weights = Readonly<Record<string, number>>;

/** A file with one pool, `wallet`, of origins by weight. */
export function walletToml(weights: Weights, more: TomlTable = {}): string {
  const origins = Object.entries(weights).map(([name, weight]) => ({
    name,
    url: `https://${name}.wallet.example`,
    weight,
  }));
  return toToml(walletConfig(origins, more));
}

/** The snapshot of such a file. */
export function walletSnapshot(weights: Weights, version: number, more: TomlTable = {}): Snapshot {
  const loaded = loadConfig(walletToml(weights, more), { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return firstSnapshot(loaded.config, version);
}

/** A file as a deployment carries it. */
export function bundleOf(name: string, deployedAtMs: number): Bundle {
  return { sha256: name.padEnd(64, "0"), deployedAtMs };
}

let objects = 0;

/** A Control object that no other test has. */
export function newControl() {
  objects += 1;
  return env.CONTROL.getByName(`test-${objects}`);
}

/** A Control object whose version 1 is `toml`, deployed at 1,000. */
export async function controlWith(toml: string) {
  const control = newControl();
  await control.adopt(bundleOf("first", 1000), toml);
  return control;
}

/** An operator's request for a change. */
export function changeOf(
  edit: ChangeRequest["edit"],
  basedOn: number,
  more: Partial<ChangeRequest> = {},
): ChangeRequest {
  const request = { edit, dryRun: false, actor: actorOf("tests"), reason: "", ownHosts: [], ...more };
  return { ...request, basedOn: { version: basedOn, revision: undefined } };
}

export function actorOf(name: string, role: Actor["role"] = "admin"): Actor {
  return { name, role, via: "token", address: "203.0.113.9" };
}

export function weightsEdit(weights: Weights): Edit {
  return { kind: "weights", pool: "wallet", weights };
}

/** The snapshot of an answer that has one. */
export function snapshotOf(answer: ExchangeAnswer): Snapshot {
  if (answer.kind !== "snapshot") throw new Error(`the answer is ${answer.kind}, not a snapshot`);
  return answer.snapshot;
}

/** An edge's question to Control; by default of one that has no snapshot and has seen no traffic. */
export function exchangeOf(bundle: Bundle, more: Partial<ExchangeRequest> = {}): ExchangeRequest {
  return { etag: "", bundle, edge: "", reports: [], ...more };
}

/** The question of the edge `edge`, whose file Control knows, with what it has seen. */
export function reportOf(edge: string, reports: readonly EdgeReport[], etag = ""): ExchangeRequest {
  return exchangeOf(bundleOf("first", 0), { edge, reports, etag });
}

/** What a new edge would get from Control now. */
export async function inForce(control: Pick<ControlApi, "exchange">): Promise<Snapshot> {
  return snapshotOf(await control.exchange(exchangeOf(bundleOf("first", 0))));
}

/** Slots by origin of pool `wallet`. */
export function slotsByOrigin(snapshot: Snapshot): Record<string, number> {
  const table = snapshot.slots.wallet;
  if (table === undefined) return {};
  const counts = countSlots(table.slots, table.origins.length);
  return Object.fromEntries(table.origins.map((origin, index) => [origin, counts[index] ?? 0]));
}

/** An edge that has just started: its own copy of the snapshot client, with a Control of the test's making. */
export interface FreshEdge {
  /** One request's look at the snapshot. */
  request(): Promise<Compiled | undefined>;
  /** Counts something, and sees to it that it is told. */
  count(series: string): Promise<void>;
  /** Ends when all work behind the requests so far has ended. */
  settled(): Promise<void>;
}

export interface FreshEdgeOptions {
  /** Edges with the same name share a colo and a Control object. */
  readonly controlName: string;
  exchange(request: ExchangeRequest): Promise<ExchangeAnswer>;
  adopt?(bundle: Bundle, toml: string): Promise<ExchangeAnswer>;
  /** The bundled file. */
  readonly toml?: string;
  /** The id of the Worker's version; left out, as on bare workerd, none. */
  readonly release?: string;
}

export async function freshEdge({
  controlName,
  exchange,
  adopt,
  toml,
  release,
}: FreshEdgeOptions): Promise<FreshEdge> {
  vi.resetModules();
  const { currentSnapshot, tellCounts } = await import("../../src/edge/snapshot-client.ts");
  const counters = import("../../src/edge/counters.ts");
  const namespace: Pick<Env["CONTROL"], "idFromName"> & { getByName(name: string): unknown } = {
    idFromName: () => env.CONTROL.idFromName(controlName),
    getByName: () => ({ exchange, adopt }),
  };
  const edgeEnv: Env = {
    CONTROL: namespace as unknown as Env["CONTROL"],
    MONITOR: env.MONITOR,
    LIMITER: env.LIMITER,
    ROOM: env.ROOM,
    PLACES: env.PLACES,
    TIDEGATE_CONFIG: toml ?? walletToml({ bundled: 1 }),
    TIDEGATE_ENV: "production",
    ...(release !== undefined && { VERSION: { id: release, tag: "", timestamp: "" } }),
  };
  const behind: Promise<unknown>[] = [];
  const ctx = {
    waitUntil: (work: Promise<unknown>): void => {
      behind.push(work);
    },
  };
  return {
    request: async () => currentSnapshot(edgeEnv, ctx),
    count: async (series) => {
      const { count } = await counters;
      count(series);
      tellCounts(edgeEnv, ctx, Date.now());
    },
    settled: async () => {
      for (let work = behind.shift(); work !== undefined; work = behind.shift()) await work;
    },
  };
}
