/** What a world is like: its size, its settings, and what goes wrong in it. */
import type { Weather } from "./network.ts";

/** What a region does to traffic for a while. */
export type Fault =
  /** Refuses connections. */
  | "refuses"
  /** Takes a request, does what it says, and the connection breaks before the answer. */
  | "breaks-off"
  /** Takes a request, does what it says, and answers after every patience. */
  | "hangs"
  /** Answers 503 and does nothing; probes fail too. */
  | "unavailable"
  /** The same to real traffic only: probes pass. */
  | "grey"
  /** Something between answers 502, though the region has done it. */
  | "gateway";

export interface FaultyTime {
  readonly region: number;
  readonly fault: Fault;
  /** From the start. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of requests that it concerns, 0 to 1. */
  readonly share: number;
}

export interface RegionPlan {
  readonly name: string;
  readonly weight: number;
  readonly priority: number;
  readonly answerMs: readonly [least: number, most: number];
}

/** Something that happens at a time, from the start. */
export type Event =
  | { readonly kind: "edge-dies"; readonly atMs: number; readonly edge: number }
  /** Reaches no object; users and regions reach it. */
  | { readonly kind: "edge-cut-off"; readonly atMs: number; readonly edge: number; readonly forMs: number }
  | {
      readonly kind: "object-dies";
      readonly atMs: number;
      readonly object: "limiter" | "room" | "control" | "places";
      /** Until it answers again. */
      readonly forMs: number;
    }
  | {
      readonly kind: "clock-steps";
      readonly atMs: number;
      readonly edge: number;
      readonly byMs: number;
    }
  | { readonly kind: "drain"; readonly atMs: number; readonly region: number; readonly forMs: number }
  | { readonly kind: "limit"; readonly atMs: number; readonly activeLimit: number };

export interface Scenario {
  readonly seed: number;
  readonly edges: number;
  /** Edges of one place share snapshots, and what the Room publishes, through its cache. */
  readonly places: number;
  readonly clockOffsetsMs: readonly number[];
  readonly regions: readonly RegionPlan[];
  readonly affinity: "user" | "none";
  readonly weather: Weather;
  readonly faults: readonly FaultyTime[];
  readonly events: readonly Event[];
  readonly limit: { readonly capacity: number; readonly refill: number };
  readonly shards: number;
  readonly room: {
    readonly activeLimit: number;
    readonly admitPerMinute: number;
    readonly sessionMs: number;
    readonly claimWindowMs: number;
    /** Other edges that the Room hears of and nobody here knows: it gives all of them turns. */
    readonly farEdges: number;
  };
  readonly ejection: { readonly baseMs: number; readonly longestMs: number };
  readonly slowStartMs: number;
  readonly probeMs: number;
  readonly people: {
    readonly count: number;
    /** All come so soon after the first may. */
    readonly withinMs: number;
    /** A share of them comes sooner. */
    readonly rush?: { readonly share: number; readonly withinMs: number };
    /** What each does once in. */
    readonly actions: readonly [least: number, most: number];
    readonly thinkMs: readonly [least: number, most: number];
    /** After a request that brought nothing. */
    readonly againMs: number;
    /** Share of actions that are payments. */
    readonly paying: number;
    /** Share of those who wait that go without a word. */
    readonly leaving: number;
    /** Share whose origin says when they are out. */
    readonly saidToEnd: number;
    /** Share who are signed in, with a second device. */
    readonly signedIn: number;
    /** Share of requests that go to another edge than the one before. */
    readonly roaming: number;
  };
  /** Edges that are there from the start have heard of the room by then, and nobody comes before. */
  readonly warmUpMs: number;
  /** Faults and bad weather are over by then. */
  readonly calmFromMs: number;
  /** Everybody has had the time to come in and go by then; a world ends earlier when they have. */
  readonly endMs: number;
  /** How often everything is looked at, besides at each thing that happens. */
  readonly lookEveryMs: number;
}
