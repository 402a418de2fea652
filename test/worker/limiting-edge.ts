/** An edge that has just started, up to its limits: its own leases, and Limiter objects of the test's own. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Env } from "../../src/config/env.ts";
import type { LimiterApi, LimiterRequest } from "../../src/config/limiter-api.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { type Compiled, compile } from "../../src/edge/compiled.ts";
import { route } from "../../src/edge/route.ts";
import { openVisit, spellPath, type Visit } from "../../src/edge/visit.ts";
import type { TomlTable } from "../support/toml.ts";
import { walletToml } from "./support.ts";

export const ADDRESS = "203.0.113.7";

export interface LimitTable extends TomlTable {
  name: string;
  key: string;
  capacity: number;
  refill: number;
}

export interface Settings {
  readonly limits: readonly LimitTable[];
  readonly cost?: number;
  readonly limiter?: TomlTable;
  readonly identity?: TomlTable;
}

/** How the Limiter objects answer: as they are, or after so many milliseconds, or not at all. */
export type Mood = "well" | "throws" | "overloaded" | "hangs" | { readonly answersAfterMs: number };

/** Limiter objects that no other test has. Edges may share them. */
export class Limiters {
  mood: Mood = "well";
  readonly calls: {
    readonly shard: string;
    readonly request: LimiterRequest;
    /** Calls that had been answered before this one was made. */
    readonly answeredBefore: number;
  }[] = [];
  #answered = 0;
  readonly #name = crypto.randomUUID();

  get env(): Env {
    const namespace = { getByName: (shard: string) => this.#stub(shard) };
    return {
      ...{ CONTROL: env.CONTROL, MONITOR: env.MONITOR, ROOM: env.ROOM, PLACES: env.PLACES },
      LIMITER: namespace as unknown as Env["LIMITER"],
      TIDEGATE_SECRET: "a secret of the tests, 32 bytes long",
    };
  }

  /** The object itself, whatever the mood. */
  real(shard: string) {
    return env.LIMITER.getByName(`${this.#name} ${shard}`);
  }

  #stub(shard: string): Pick<LimiterApi, "ask" | "view"> {
    const real = this.real(shard);
    return {
      view: (buckets) => real.view(buckets),
      ask: async (request) => {
        this.calls.push({ shard, request, answeredBefore: this.#answered });
        const { mood } = this;
        if (mood === "throws") throw new Error("the object was reset");
        if (mood === "overloaded") throw Object.assign(new Error("too many requests"), { overloaded: true });
        if (mood === "hangs") return await new Promise<never>(() => undefined);
        const grants = await real.ask(request);
        if (mood !== "well") await scheduler.wait(mood.answersAfterMs);
        this.#answered += 1;
        return grants;
      },
    };
  }
}

function compiledOf({ limits, cost = 1, limiter = {}, identity }: Settings, before?: Compiled): Compiled {
  const names = limits.map(({ name }) => name);
  const toml = walletToml(
    { hk: 1 },
    {
      routes: [{ path: "/*", pool: "wallet", limits: names, cost }],
      limits: [...limits],
      limiter,
      ...(identity === undefined ? {} : { identity }),
    },
  );
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return compile(firstSnapshot(loaded.config, 1), before, Date.now(), 0);
}

export interface Passed {
  /** 200 for a request that is let through. */
  readonly status: number;
  readonly headers: Headers;
  readonly tookMs: number;
  readonly visit: Visit;
  readonly response: Response | undefined;
}

/** Objects do not outlive the modules that an edge starts with: make all edges of a test before the first asks. */
export async function newLimitingEdge(settings: Settings, limiters = new Limiters()) {
  vi.resetModules();
  const { limit } = await import("../../src/edge/limit.ts");
  const { identify } = await import("../../src/edge/identify.ts");
  const { takeCounts } = await import("../../src/edge/counters.ts");
  const leases = await import("../../src/edge/leases.ts");
  const { edgeName } = await import("../../src/edge/edge-name.ts");
  // The objects' class is loaded anew, which takes longer than a request waits.
  for (let shard = 0; shard < 8; shard++) {
    const wake = () => limiters.real(`shard-${shard}`).view([]);
    // The first call of an object that an edge before has used fails.
    await wake().catch(wake);
  }
  let snapshot = compiledOf(settings);
  let behind: Promise<unknown>[] = [];
  const { env: edgeEnv } = limiters;

  const ask = async (headers: Record<string, string> = {}): Promise<Passed> => {
    const startedAtMs = Date.now();
    const request = new Request("https://edge.example/api", {
      headers: { "cf-connecting-ip": ADDRESS, ...headers },
    });
    const visit = openVisit(request, snapshot, startedAtMs, { waitUntil: (work) => void behind.push(work) });
    spellPath(visit);
    route(visit);
    await identify(visit, edgeEnv);
    const response = await limit(visit, edgeEnv);
    const { status, headers: fields } = response ?? new Response();
    return { status, headers: fields, tookMs: Date.now() - startedAtMs, visit, response };
  };

  return {
    limiters,
    leases,
    name: edgeName(),
    ask,
    get snapshot() {
      return snapshot;
    },
    /** Requests one after another; their statuses. */
    async statuses(count: number, headers: Record<string, string> = {}): Promise<number[]> {
      const statuses: number[] = [];
      for (let n = 0; n < count; n++) statuses.push((await ask(headers)).status);
      return statuses;
    },
    /** What was counted since the last look: decisions by limit and result, calls by result. */
    counts(): Record<string, number> {
      return Object.fromEntries(
        Object.entries(takeCounts()).map(([series, by]) => [
          [...series.matchAll(/(?:limit|result)="([^"]*)"/g)].map(([, value]) => value).join(" "),
          by,
        ]),
      );
    },
    /** Another version of the configuration comes into force. */
    take(changed: Settings): void {
      snapshot = compiledOf(changed, snapshot);
    },
    /** What a bucket holds at its shard, by the key that the edge last asked for of the limit. */
    async levelOf(limit: string): Promise<number> {
      const isOf = ({ key }: { key: string }) => key.startsWith(`${limit}:`);
      const call = limiters.calls.findLast(({ request }) => request.asks.some(isOf));
      const asked = call?.request.asks.find(isOf);
      if (call === undefined || asked === undefined) throw new Error(`nobody asked for ${limit}`);
      const [view] = await limiters.real(call.shard).view([{ key: asked.key, shape: asked.shape }]);
      return view?.level ?? Number.NaN;
    },
    /** Ends when all work behind the requests so far has ended: what was not needed is back. */
    async settled(): Promise<void> {
      while (behind.length > 0) {
        const now = behind;
        behind = [];
        await Promise.all(now);
      }
    },
  };
}

export type LimitingEdge = Awaited<ReturnType<typeof newLimitingEdge>>;
