/** How far a line's frontier moves: who is called, by arrival. */
import { BUCKET_MS, type CrowdCurve, firstWithAtLeast, TICK_MS, totalOf } from "./crowd-curve.ts";
import { longestPollMs } from "./poll-pace.ts";
import {
  awaited,
  crowdCurve,
  drawEveryMs,
  FEW_AHEAD,
  peopleUpTo,
  type Queue,
  ROUNDING,
} from "./room-queue.ts";
import { expected } from "./room-turn.ts";
import { paceOf } from "./wait-estimate.ts";

/** So few people of one bucket are called together. */
const FEW = 10;
/** Spans, which grow with the logarithm of the people, or batches of people who were called. */
const LONG_LINE = 1000;

/** How much the Room knows of its edges. */
interface Heard {
  /** Arrivals after it may not be known yet. */
  readonly latestMs: number;
  /** Of exchanges. */
  readonly paceMs: number;
}

/**
 * Moves the frontier past so many more people that, with those who were called before and have not been let in, `wanted`
 * are called, in place.
 */
export function call(
  queue: Queue,
  wanted: number,
  claimWindowMs: number,
  { latestMs, paceMs }: Heard,
  nowMs: number,
): void {
  if (latestMs <= queue.frontierMs || isSoonAgain(queue, paceMs, nowMs)) return;
  queue.calledAtMs = nowMs;
  const more = Math.floor(wanted - expected(queue, nowMs) + ROUNDING);
  if (more <= 0) return;
  const curve = crowdCurve(queue, nowMs);
  const before = peopleUpTo(curve, queue.frontierMs);
  // Whoever waits is before the frontier already: they were called and come when they like.
  if (totalOf(curve) - before < 0.5) return;
  const frontierMs = Math.min(latestMs, frontierAfter(curve, before + more));
  if (frontierMs <= queue.frontierMs) return;
  moveFrontier(queue, curve, frontierMs, claimWindowMs, nowMs);
}

/** Whether a long line, which costs milliseconds to look at, was looked at a moment ago: nobody would hear of more. */
function isSoonAgain({ presence, called, calledAtMs }: Queue, paceMs: number, nowMs: number): boolean {
  const isLong = presence.spans.size >= LONG_LINE || called.length >= LONG_LINE;
  return isLong && Math.abs(nowMs - calledAtMs) < drawEveryMs(paceMs);
}

/** The frontier was there already, in place: who has been called stays called, from now on. */
export function recall(queue: Queue, frontierMs: number, claimWindowMs: number, nowMs: number): void {
  if (frontierMs <= queue.frontierMs) return;
  moveFrontier(queue, crowdCurve(queue, nowMs), frontierMs, claimWindowMs, nowMs);
}

function moveFrontier(
  queue: Queue,
  curve: CrowdCurve,
  frontierMs: number,
  claimWindowMs: number,
  nowMs: number,
): void {
  const people = peopleUpTo(curve, frontierMs) - peopleUpTo(curve, queue.frontierMs);
  // Whoever was told to ask again in a minute cannot come sooner, and that was by all who are before them.
  const pollMs = longestPollMs(comingBefore(queue, nowMs) + people, paceOf(queue.admissions));
  const keptUntilMs = nowMs + Math.max(claimWindowMs, 2 * pollMs);
  for (const part of partsOf(curve, queue.frontierMs, frontierMs)) {
    if (part.people > ROUNDING) {
      queue.called.push({ ...part, all: part.people, calledAtMs: nowMs, pollMs, keptUntilMs });
    }
  }
  queue.keptDueMs = Math.min(queue.keptDueMs, keptUntilMs);
  queue.frontierMs = frontierMs;
}

/** People who were called and are yet to come, but for the few who are called ahead in any room. */
function comingBefore({ called }: Queue, nowMs: number): number {
  let people = 0;
  for (const batch of called) people += awaited(batch, nowMs);
  return Math.max(0, people - FEW_AHEAD);
}

/** Past so many people, whole ticks. A bucket is not parted for few: its people are then known for certain. */
function frontierAfter(curve: CrowdCurve, target: number): number {
  if (target >= totalOf(curve)) return Number.POSITIVE_INFINITY;
  const ticks = (firstWithAtLeast(curve, target) * BUCKET_MS) / TICK_MS;
  const frontierMs = (Math.ceil(ticks - ROUNDING) - 1) * TICK_MS;
  const endMs = (Math.floor((frontierMs + TICK_MS) / BUCKET_MS) + 1) * BUCKET_MS - TICK_MS;
  return peopleUpTo(curve, endMs) - peopleUpTo(curve, frontierMs) <= FEW ? endMs : frontierMs;
}

interface Part {
  readonly afterMs: number;
  readonly upToMs: number;
  readonly people: number;
  readonly isCertain: boolean;
}

/** What a move of the frontier passes: the rest of a bucket, whole buckets, a part of a bucket. */
function partsOf(curve: CrowdCurve, fromMs: number, toMs: number): Part[] {
  const part = (afterMs: number, upToMs: number, isCertain: boolean): Part => ({
    ...{ afterMs, upToMs, isCertain },
    people: peopleUpTo(curve, upToMs) - peopleUpTo(curve, afterMs),
  });
  const firstMs = Math.ceil((fromMs + TICK_MS) / BUCKET_MS) * BUCKET_MS - TICK_MS;
  const lastMs = Math.floor((toMs + TICK_MS) / BUCKET_MS) * BUCKET_MS - TICK_MS;
  if (firstMs > toMs) return [part(fromMs, toMs, false)];
  // One for each piece of the curve: people are where it rises, not in the time without any before them.
  const whole: Part[] = [];
  let startMs = firstMs;
  for (const bucket of curve.buckets) {
    const endMs = Math.floor(bucket) * BUCKET_MS - TICK_MS;
    if (endMs <= startMs || endMs >= lastMs) continue;
    whole.push(part(startMs, endMs, true));
    startMs = endMs;
  }
  whole.push(part(startMs, lastMs, true));
  return [part(fromMs, firstMs, false), ...whole, part(lastMs, toMs, false)];
}
