/** Whether a new place is told at once, or a moment later, when all edges' arrivals before it have come together. */
import { totalOf } from "./crowd-curve.ts";
import type { Line } from "./line.ts";
import { isMerged, type LocalArrivals, unknownBefore } from "./position.ts";

/**
 * Arrivals that all edges together keep back for longer than a moment, as a share of the line: as much again as its points
 * and its spans may be wrong by, so that a place is wrong by less than a hundredth.
 */
const MOST_UNTOLD = 0.0025;
/** What is estimated of a place at the most, as a share of it: of the estimate, a part is wrong. */
const MOST_ESTIMATED = 0.005;
/** In a line of so many a hundredth is two people: nothing is estimated. */
const SHORT_LINE = 200;
/** So long an edge does not know which others are at work: those that are have told of themselves by then. */
const MEETING_MS = 2000;
/** Where so many edges exchange that each has its turn seldomer, nobody waits for all of them. */
const SLOWEST_MERGE_MS = 500;

/** Whether an edge tells what has come at the pace of merges, and not with its next report. */
export function mustTellArrivals(untold: number, line: Line): boolean {
  return untold > (MOST_UNTOLD * totalOf(line)) / Math.max(1, line.edges);
}

export interface Meeting {
  /** Since when this edge has heard of the Room without a gap. */
  readonly steadySinceMs: number;
  /** The pace of exchanges while places wait for each other. */
  readonly mergeInMs: number;
}

/** Whether this edge has heard of the Room for so short a time that others may not have told what they have seen. */
export function isMeeting(steadySinceMs: number, nowMs: number): boolean {
  return nowMs - steadySinceMs < MEETING_MS;
}

/** Whether a place that is given now is to be read from a line that has all who came before it. */
export function needsMerge(
  line: Line,
  t: number,
  local: LocalArrivals,
  { steadySinceMs, mergeInMs }: Meeting,
  nowMs: number,
): boolean {
  if (mergeInMs > SLOWEST_MERGE_MS || isMerged(line, t)) return false;
  if (isMeeting(steadySinceMs, nowMs)) return true;
  if (Math.max(line.edges, local.edges) < 2) return false;
  const ahead = totalOf(line);
  return ahead < SHORT_LINE || unknownBefore(line, t, local) > MOST_ESTIMATED * ahead;
}
