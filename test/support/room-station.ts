/** An edge of a simulated room, and who waits at it for an answer of the Room. */
import type { Pace } from "../../src/policy/wait-estimate.ts";
import type { Visitor } from "./room-crowd.ts";
import { SimulatedEdge } from "./simulated-edge.ts";

export interface Station {
  readonly edge: SimulatedEdge;
  /** Newcomers who wait for an answer of the Room. */
  readonly asking: Visitor[];
  /** Whose places wait for a merge, and since when. */
  merging: { readonly visitor: Visitor; readonly sinceMs: number; readonly answer: () => void }[];
}

export function newStation(index: number): Station {
  return { edge: new SimulatedEdge(`edge ${index}`), asking: [], merging: [] };
}

export function paceOf({ lane }: SimulatedEdge): Pace {
  return lane?.pace ?? { kind: "unknown" };
}
