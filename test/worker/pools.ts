/** Pools as an edge has them, for tests: from a small file, with what Control and operators say, at a time. */
import type { OriginHealth, Override } from "../../src/config/health-report.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot, nextSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import { type Attempt, balance, type Placement } from "../../src/edge/balance.ts";
import { type Compiled, compile, type PoolRuntime } from "../../src/edge/compiled.ts";
import { noteOutcome } from "../../src/edge/note-outcome.ts";
import { poolState } from "../../src/edge/pool-state.ts";
import { openVisit } from "../../src/edge/visit.ts";
import { notePresent } from "../../src/policy/drain.ts";
import { type Ejection, NEVER_EJECTED } from "../../src/policy/ejection.ts";
import { affinityHash } from "../../src/policy/identity-key.ts";
import type { AttemptOutcome } from "../../src/policy/outcome.ts";
import { countSlots, SLOTS } from "../../src/policy/slot-table.ts";
import { type Origin, walletConfig } from "../support/config.ts";
import { type TomlTable, toToml } from "../support/toml.ts";
import type { Weights } from "./support.ts";

export interface PoolGiven {
  /** By name: a weight, or more than that. */
  readonly origins: Readonly<Record<string, number | Partial<Origin>>>;
  readonly pool?: TomlTable;
  readonly maintenance?: TomlTable[];
  readonly health?: Readonly<Record<string, Partial<OriginHealth>>>;
  readonly overrides?: readonly Override[];
}

export function snapshotWith(
  { origins, pool = {}, maintenance, health = {}, overrides = [] }: PoolGiven,
  before?: Snapshot,
): Snapshot {
  const list = Object.entries(origins).map(([name, given]) => ({
    name,
    url: `https://${name}.wallet.example`,
    ...(typeof given === "number" ? { weight: given } : given),
  }));
  const loaded = loadConfig(
    toToml(walletConfig(list, { pool: { affinity: "user", ...pool }, maintenance })),
    {
      file: "tidegate.toml",
      environment: "production",
    },
  );
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  const told = Object.entries(health).map(([name, some]): [string, OriginHealth] => [
    name,
    { probes: "unknown", capacity: undefined, ejection: NEVER_EJECTED, ...some },
  ]);
  const snapshot =
    before === undefined
      ? firstSnapshot(loaded.config, 1)
      : nextSnapshot(before, loaded.config, before.version + 1);
  return { ...snapshot, health: { wallet: Object.fromEntries(told) }, overrides };
}

/** An edge with one pool, which takes a new snapshot now and then. */
export class PoolEdge {
  #snapshot: Snapshot;
  #compiled: Compiled;

  constructor(given: PoolGiven, nowMs: number) {
    this.#snapshot = snapshotWith(given);
    this.#compiled = compile(this.#snapshot, undefined, nowMs, 0);
  }

  take(given: PoolGiven, nowMs: number): void {
    this.#snapshot = snapshotWith(given, this.#snapshot);
    this.#compiled = compile(this.#snapshot, this.#compiled, nowMs, 0);
  }

  get pool(): PoolRuntime {
    const [pool] = this.#compiled.pools;
    if (pool === undefined) throw new Error("no pool");
    return pool;
  }

  memory(name: string) {
    const origin = this.pool.origins.find((one) => one.name === name);
    if (origin === undefined) throw new Error(`no origin ${name}`);
    return origin.memory;
  }

  state(nowMs: number) {
    return poolState(this.pool, nowMs);
  }

  /** Each origin's state with its reason, by name. */
  words(nowMs: number): Record<string, string> {
    const { origins } = this.state(nowMs);
    return Object.fromEntries(
      this.pool.origins.map(({ name }, index) => [
        name,
        `${origins[index]?.state}: ${origins[index]?.reason}`,
      ]),
    );
  }

  /** Percent of users who are placed at each origin, by name. */
  percents(nowMs: number): Weights {
    const counts = countSlots(this.state(nowMs).slots, this.pool.origins.length);
    return Object.fromEntries(
      this.pool.origins.map(({ name }, index) => [
        name,
        Math.round(((counts[index] ?? 0) / SLOTS) * 1000) / 10,
      ]),
    );
  }

  /** Where one attempt goes, by the origin's name. */
  place(nowMs: number, user?: string, attempt: Partial<Attempt> = {}): string {
    const placement = this.placement(nowMs, user, attempt);
    if (placement.kind !== "origin") return placement.kind;
    return this.pool.origins[placement.index]?.name ?? "";
  }

  placement(nowMs: number, user?: string, attempt: Partial<Attempt> = {}): Placement {
    const visit = openVisit(new Request("https://edge.example/api"), this.#compiled, nowMs, {
      waitUntil: () => undefined,
    });
    visit.caller = { address: undefined, key: user, kind: user === undefined ? "unknown" : "session" };
    const all = { isWrite: false, mayTry: false, asked: [], ...attempt };
    return balance(visit, this.pool, poolState(this.pool, nowMs), all, nowMs);
  }

  /** A user's request is answered by the origin that it goes to, and the edge remembers the user there. */
  visit(nowMs: number, user: string): string {
    const placement = this.placement(nowMs, user);
    if (placement.kind === "origin") {
      notePresent(this.pool.memory.presence, affinityHash(user), placement.index, nowMs);
    }
    return this.place(nowMs, user);
  }

  /** An attempt at an origin ended. True when that ejected the origin. */
  ended(
    name: string,
    outcome: AttemptOutcome,
    nowMs: number,
    { isTrial = false, isWrite = false, tookMs = 10 } = {},
  ): boolean {
    const origin = this.pool.origins.findIndex((one) => one.name === name);
    const sentAtMs = nowMs - tookMs;
    return noteOutcome(this.pool, { origin, isTrial, isWrite, sentAtMs, tookMs, outcome }, nowMs);
  }
}

export const ANSWERED: AttemptOutcome = { kind: "answered", status: 200, hasRetryAfter: false };
export const REFUSED: AttemptOutcome = { kind: "disconnected" };

/** Users by name, one for every few slots. */
export const USERS: readonly string[] = Array.from({ length: 300 }, (_, index) => `user-${index}`);

export function ejected(endsAtMs: number, monitorSawIt = false): Ejection {
  return {
    kind: "ejected",
    times: 1,
    changedAtMs: endsAtMs - 30_000,
    reason: "consecutive-failures",
    endsAtMs,
    monitorSawIt,
  };
}

export function cameBack(atMs: number): Ejection {
  return { kind: "none", times: 1, changedAtMs: atMs, cleanSinceMs: 0 };
}

export function drainOf(origin: string, endMs?: number): Override {
  return {
    id: 1,
    kind: "drain",
    pool: "wallet",
    origin,
    startMs: 0,
    drainMs: 0,
    ...(endMs === undefined ? {} : { endMs }),
  };
}
