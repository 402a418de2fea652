/** Waits until every edge that serves somebody has been given what is in force, and shows how far it is. */
import type { Status } from "../../src/config/control-api.ts";
import type { AdminClient } from "./admin-client.ts";

export interface Followed {
  readonly kind: "all" | "late" | "idle";
  /** Edges that follow, of those that were heard of lately. */
  readonly following: number;
  readonly active: number;
  readonly afterMs: number;
}

/** An edge with requests asks at least once a second; one without asks before its next. */
const ACTIVE_WITHIN_MS = 1_200;
const LOOK_EVERY_MS = 150;
const GIVE_UP_AFTER_MS = 10_000;

export async function waitForEdges(
  client: Pick<AdminClient, "status">,
  show: (following: number, active: number) => void = () => {},
): Promise<Followed> {
  const startedAtMs = Date.now();
  for (;;) {
    const { edges } = await client.status();
    const { following, active } = countEdges(edges);
    const afterMs = Date.now() - startedAtMs;
    if (following === active) return { kind: active === 0 ? "idle" : "all", following, active, afterMs };
    if (afterMs >= GIVE_UP_AFTER_MS) return { kind: "late", following, active, afterMs };
    show(following, active);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

export function followText({ kind, following, active, afterMs }: Followed): string {
  const seconds = `${(afterMs / 1000).toFixed(1)} s`;
  switch (kind) {
    case "idle":
      return "no edge is serving anybody now; each asks before its next request";
    case "all":
      return `${active === 1 ? "the one active edge follows" : `all ${active} active edges follow`} (${seconds})`;
    case "late":
      return `only ${following} of ${active} active edges follow after ${seconds}; tidegate status --watch shows them`;
  }
}

/** A line that is written over while it changes; only on a terminal. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr) {
  const isShown = stream.isTTY === true;
  return {
    show: (following: number, active: number) => {
      if (isShown) stream.write(`\r\u001B[K${following} of ${active} active edges follow …`);
    },
    clear: () => {
      if (isShown) stream.write("\r\u001B[K");
    },
  };
}

function countEdges(edges: Status["edges"]): { following: number; active: number } {
  const active = edges.filter(({ ageMs }) => ageMs <= ACTIVE_WITHIN_MS);
  return { following: active.filter(({ follows }) => follows).length, active: active.length };
}
