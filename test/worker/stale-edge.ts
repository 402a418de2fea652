/** An edge whose route serves stale, with a cache and origins of the test's making. */
import { afterEach, beforeEach, expect, vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { type Compiled, compile } from "../../src/edge/compiled.ts";
import { forward } from "../../src/edge/forward.ts";
import { route } from "../../src/edge/route.ts";
import { openVisit, spellPath, type Visit } from "../../src/edge/visit.ts";
import type { TomlTable } from "../support/toml.ts";
import { walletToml } from "./support.ts";

export const START_MS = 1_800_000_000_000;
export const MIB = 1024 * 1024;
export const STALE_ROUTE = { path: "/*", pool: "wallet", stale_if_error: "5m" };

export const origin = vi.fn<typeof fetch>();

/** To be called once in a test file: a clock that stands, and `origin` in the place of every origin. */
export function useStaleOrigins(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    origin.mockReset();
    vi.spyOn(globalThis, "fetch").mockImplementation(origin);
    // No body is watched for truncation, unless a test says so.
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

export function compiledOf(more: TomlTable = {}): Compiled {
  const toml = walletToml({ hk: 1, sg: 1 }, { routes: [STALE_ROUTE], ...more });
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return compile(firstSnapshot(loaded.config, 1), undefined, Date.now(), 0);
}

let tests = 0;

/** An edge that has just started, and an address that no other test has. */
export async function newEdge(more: TomlTable = {}) {
  vi.resetModules();
  const { withStale } = await import("../../src/edge/stale.ts");
  const snapshot = compiledOf(more);
  tests += 1;
  const url = `https://pay.example/rates/${tests}`;
  const behind: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>): void => void behind.push(work) };
  const through = async (
    request: Request,
    stages: (visit: Visit) => Promise<Response>,
    config: Compiled,
  ): Promise<Response> => {
    const visit = openVisit(request, config, Date.now(), ctx);
    spellPath(visit);
    route(visit);
    return withStale(visit, () => stages(visit));
  };
  return {
    url,
    behind,
    snapshot,
    /** A request through the stage, with `fetch` as the origins. */
    ask: (init: RequestInit = {}, target = url, config = snapshot) =>
      through(
        new Request(target, init),
        (visit) => {
          if (visit.pool === undefined) throw new Error("no route");
          return forward(visit, visit.pool, { onEjected: () => undefined, onFinal: () => undefined });
        },
        config,
      ),
    /** A request through the stage, with an answer of the test's making. */
    askFor: (answer: Response) => through(new Request(url), async () => answer, snapshot),
    send: (request: Request, answer: Response) => through(request, async () => answer, snapshot),
    async settled() {
      for (let work = behind.shift(); work !== undefined; work = behind.shift()) await work;
    },
  };
}

export type Edge = Awaited<ReturnType<typeof newEdge>>;

export function answering(body: string, headers: Record<string, string> = {}, status = 200): void {
  origin.mockImplementation(
    async () =>
      new Response(body, {
        status,
        headers: { "content-length": String(body.length), "cache-control": "max-age=60", ...headers },
      }),
  );
}

export function down(): void {
  origin.mockImplementation(async () => {
    throw new Error("connection refused");
  });
}

/** One good answer, seen to its end; then no origin answers any more. */
export async function keptAt(
  edge: Edge,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<void> {
  answering("good", headers);
  expect(await (await edge.ask(init)).text()).toBe("good");
  await edge.settled();
  down();
}

export async function isServed(answer: Response): Promise<boolean> {
  const text = await answer.text();
  if (answer.status === 200) expect(text).toBe("good");
  else expect(answer.headers.has("cache-status")).toBe(false);
  return answer.status === 200;
}
