// The health of origins as operators see it, asked over HTTP: a command for each question would cost a process.
import type { Status } from "../../src/config/control-api.ts";
import type { Edge } from "./edge.ts";

const WATCH_EVERY_MS = 100;

export type OriginStatus = Status["pools"][number]["origins"][number];

export async function statusOf(edge: Pick<Edge, "url" | "token">): Promise<Status> {
  const answer = await fetch(`${edge.url}/.tidegate/admin/api/status`, {
    headers: { Authorization: `Bearer ${edge.token}` },
  });
  if (!answer.ok) throw new Error(`status: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Status;
}

export async function originStatus(edge: Edge, pool: string, origin: string): Promise<OriginStatus> {
  const { pools } = await statusOf(edge);
  const found = pools.find(({ name }) => name === pool)?.origins.find(({ name }) => name === origin);
  if (found === undefined) throw new Error(`status tells nothing of ${pool} ${origin}`);
  return found;
}

/** Waits until the origin is in one of these states, also in a hook; tells how long that took. */
export async function untilState(
  edge: Edge,
  pool: string,
  origin: string,
  states: readonly OriginStatus["state"][],
  timeoutMs = 10_000,
): Promise<number> {
  const startMs = Date.now();
  for (;;) {
    const { state, reason } = await originStatus(edge, pool, origin);
    if (states.includes(state)) return Date.now() - startMs;
    if (Date.now() - startMs > timeoutMs) {
      throw new Error(
        `${pool} ${origin} is ${state} (${reason}) and not ${states.join(" or ")} in ${timeoutMs} ms`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
  }
}

/** What Control knows, every edge follows within a second. */
const FOLLOW_WITHIN_MS = 1_000;

/** {@link untilState} for several origins (`pool origin`), and until every edge has had its time to follow. */
export async function untilAllAre(
  edge: Edge,
  places: readonly string[],
  states: readonly OriginStatus["state"][],
  timeoutMs?: number,
): Promise<void> {
  await Promise.all(
    places.map((place) => {
      const [pool = "", origin = ""] = place.split(" ");
      return untilState(edge, pool, origin, states, timeoutMs);
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, FOLLOW_WITHIN_MS));
}

export interface StateChange {
  readonly atMs: number;
  readonly state: OriginStatus["state"];
  readonly reason: string;
}

/** Every state that an origin was seen in, until it is stopped. */
export function watchState(
  edge: Edge,
  pool: string,
  origin: string,
): { changes: readonly StateChange[]; stop(): Promise<void> } {
  const changes: StateChange[] = [];
  let isStopped = false;
  const watching = (async () => {
    while (!isStopped) {
      const { state, reason } = await originStatus(edge, pool, origin);
      if (changes.at(-1)?.state !== state) changes.push({ atMs: Date.now(), state, reason });
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
    }
  })();
  return {
    changes,
    async stop() {
      isStopped = true;
      await watching;
    },
  };
}
