/** What operators are shown of the last hour or day: plain data between Control, the API and the dashboard. */
import type { OriginState } from "../policy/availability.ts";
import type { Step } from "../policy/series-ring.ts";

export const SERIES_WINDOWS = ["hour", "day"] as const;
export type SeriesWindow = (typeof SERIES_WINDOWS)[number];

/** An origin has become another state, or is in it for another reason. */
export interface StateEvent {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly pool: string;
  readonly origin: string;
  readonly state: OriginState;
  readonly reason: string;
}

export interface SeriesAnswer {
  readonly nowMs: number;
  readonly stepMs: number;
  /** Oldest first; the last one may still grow. Steps in which nothing was told are left out. */
  readonly steps: readonly Step[];
  /** Of the last day, oldest first. */
  readonly events: readonly StateEvent[];
}
