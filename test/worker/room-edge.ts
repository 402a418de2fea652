/** An edge that has just started, with Room and Places objects of the test's own, which may be out of reach. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Env } from "../../src/config/env.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { route } from "../../src/edge/route.ts";
import { openVisit, spellPath } from "../../src/edge/visit.ts";
import { SECRET } from "../support/queue.ts";
import type { TomlTable } from "../support/toml.ts";
import { walletToml } from "./support.ts";

/** How an object answers: as it is, or not at all. */
export type Mood = "well" | "throws" | "hangs";

/** Objects that no other test has. */
export class Rooms {
  mood: Mood = "well";
  placesMood: Mood = "well";
  /** Calls of the Room whose answers come late, and when they do. */
  late: { readonly method: string; readonly byMs: number } | undefined;
  readonly calls: string[] = [];
  readonly #name: string;

  /** @param same the same objects, with a mood of their own: another edge's way to them */
  constructor(same?: Rooms) {
    this.#name = same === undefined ? crypto.randomUUID() : same.#name;
  }

  get env(): Env {
    const namespace = (binding: "ROOM" | "PLACES") => ({
      getByName: (name: string) => this.#stub(binding, name),
    });
    return {
      ...{ CONTROL: env.CONTROL, MONITOR: env.MONITOR, LIMITER: env.LIMITER, TIDEGATE_SECRET: SECRET },
      ROOM: namespace("ROOM") as unknown as Env["ROOM"],
      PLACES: namespace("PLACES") as unknown as Env["PLACES"],
    };
  }

  room(name: string) {
    return env.ROOM.getByName(`${this.#name} ${name}`);
  }

  #stub(binding: "ROOM" | "PLACES", name: string): unknown {
    const real = env[binding].getByName(`${this.#name} ${name}`) as unknown as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >;
    const mood = () => (binding === "ROOM" ? this.mood : this.placesMood);
    return new Proxy(
      {},
      {
        get:
          (_, method: string) =>
          async (...given: unknown[]) => {
            this.calls.push(method);
            if (mood() === "throws") throw new Error("the object was reset");
            if (mood() === "hangs") return await new Promise<never>(() => undefined);
            const late = binding === "ROOM" && this.late?.method === method ? this.late : undefined;
            const answer = await real[method]?.(...given);
            if (late !== undefined) await scheduler.wait(late.byMs);
            return answer;
          },
      },
    );
  }
}

export interface Asked {
  /** 200 for a request that goes on to the origin. */
  readonly status: number;
  readonly response: Response;
  readonly tookMs: number;
  /** Whether the stage awaited nothing. */
  readonly isAtOnce: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of it
  readonly json: any;
}

export async function newRoomEdge(room: TomlTable, rooms = new Rooms(), more: TomlTable = {}) {
  vi.resetModules();
  // What an edge remembers of its rooms lies in modules too.
  const { compile } = await import("../../src/edge/compiled.ts");
  const { admit } = await import("../../src/edge/admit.ts");
  const { withAdmission } = await import("../../src/edge/admission.ts");
  const { queueRoute } = await import("../../src/edge/queue-routes.ts");
  const { identify } = await import("../../src/edge/identify.ts");
  const { takeCounts } = await import("../../src/edge/counters.ts");
  // The first call of an object that an edge before has used fails.
  const wake = () => rooms.room("main").view();
  await wake().catch(wake);
  const toml = walletToml(
    { hk: 1 },
    {
      routes: [{ path: "/*", pool: "wallet", room: "main" }],
      rooms: [{ name: "main", active_limit: 2, session: "60s", ...room }],
      ...more,
    },
  );
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  const snapshot = compile(firstSnapshot(loaded.config, 1), undefined, Date.now(), 0);
  const edgeEnv = rooms.env;
  const behind: Promise<unknown>[] = [];

  const ask = async (
    headers: Record<string, string> = {},
    path = "/api",
    method = "GET",
    body: string | null = null,
  ): Promise<Asked> => {
    const startedAtMs = Date.now();
    const request = new Request(`https://edge.example${path}`, {
      method,
      body,
      headers: { "cf-connecting-ip": "203.0.113.7", ...headers },
    });
    const visit = openVisit(request, snapshot, startedAtMs, { waitUntil: (work) => void behind.push(work) });
    spellPath(visit);
    const polling = queueRoute(visit, edgeEnv);
    if (polling === undefined) {
      route(visit);
      await identify(visit, edgeEnv);
    }
    const admitting = polling ?? admit(visit, edgeEnv);
    const isAtOnce = !(admitting instanceof Promise);
    const queued = await admitting;
    const response = queued ?? (await withAdmission(visit, edgeEnv, new Response("served")));
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const json = isJson ? await response.clone().json() : undefined;
    return { status: response.status, response, tookMs: Date.now() - startedAtMs, isAtOnce, json };
  };
  return {
    rooms,
    snapshot,
    ask,
    counts: (): Record<string, number> => takeCounts(),
    /** Ends when all work behind the requests so far has ended. */
    async settled(): Promise<void> {
      for (let work = behind.shift(); work !== undefined; work = behind.shift()) await work;
    },
  };
}

/** The field with which a program shows what it was given. */
export function showing({ response }: Asked): Record<string, string> {
  const pass = response.headers.get("tidegate-pass");
  const ticket = response.headers.get("tidegate-ticket");
  return {
    ...(pass === null ? {} : { "tidegate-pass": pass }),
    ...(ticket === null ? {} : { "tidegate-ticket": ticket }),
  };
}
