/** What an edge has seen of a lane's line and the Room has not heard yet: batches that are told until they are answered. */
import { bucketOf } from "./crowd-curve.ts";
import type { LocalArrivals } from "./position.ts";
import type { Move, Report } from "./presence.ts";

export type Batch = Omit<Report, "edge">;

type ByBucket = Map<number, number>;

interface Arrivals {
  readonly came: ByBucket;
  readonly left: ByBucket;
}

/** Told, and not answered yet. */
interface Frozen extends Arrivals {
  readonly batch: Batch;
}

/** Answered, and not in the line as this edge knows it. */
interface Settling extends Arrivals {
  readonly untilMs: number;
  /** In every line that was drawn then or later, by the room's clock. */
  readonly inLineFromMs: number;
}

export interface PendingMoves {
  seq: number;
  /** Newcomers of whom it is not decided yet whether they wait, in the order of their arrival: name → when. */
  readonly coming: Map<string, number>;
  readonly open: Map<
    string,
    { readonly bucket: number; readonly from: number; readonly to: number; count: number }
  >;
  openArrivals: Arrivals;
  /** People who came and are in no batch yet. */
  untold: number;
  frozen: Frozen[];
  settling: Settling[];
  reportedUntilMs: number;
  /** {@link localArrivals} as it was worked out last. */
  known: LocalArrivals | undefined;
}

/** The Room knows an edge's batches by their numbers, 31 back; with so many unanswered, what comes next waits. */
const MOST_FROZEN = 8;
/** The Room's object counts nobody longer, so a batch this old says nothing. */
const MOST_OPEN = 20_000;

export function newPendingMoves(): PendingMoves {
  return {
    seq: 0,
    coming: new Map(),
    open: new Map(),
    openArrivals: noArrivals(),
    untold: 0,
    frozen: [],
    settling: [],
    reportedUntilMs: 0,
    known: undefined,
  };
}

/** A request that is cut off decides nothing any more. */
const LONGEST_DECISION_MS = 2000;

/** Somebody came who may have to wait; in place. All that is told of this edge until then is not all that it has seen. */
export function noteComing(pending: PendingMoves, name: string, arrivedAtMs: number): void {
  pending.coming.set(name, arrivedAtMs);
}

/** Counted by a move, or in; in place. */
export function noteDecided(pending: PendingMoves, name: string): void {
  pending.coming.delete(name);
}

/**
 * Somebody came (`from` 0), asked again, or left (`to` 0); in place.
 *
 * @param isCounted whether the Room counts them until now: whoever comes back after an outage is in no line any more
 */
export function noteMove(
  pending: PendingMoves,
  arrivedAtMs: number,
  from: number,
  to: number,
  isCounted = from !== 0,
): void {
  if (from === to) return;
  const bucket = bucketOf(arrivedAtMs);
  const key = `${bucket} ${from} ${to}`;
  const known = pending.open.get(key);
  if (known !== undefined) known.count += 1;
  // Beyond this the Room has been out of reach for long: positions are then told too low, and nothing breaks.
  else if (pending.open.size < MOST_OPEN) pending.open.set(key, { bucket, from, to, count: 1 });
  if (isCounted === (to !== 0)) return;
  if (!isCounted) pending.untold += 1;
  addTo(isCounted ? pending.openArrivals.left : pending.openArrivals.came, bucket, 1);
  pending.known = undefined;
}

/** Somebody whom the Room has let in is in the line still, as this edge knows it; in place. */
export function noteAdmitted(pending: PendingMoves, arrivedAtMs: number, roomNowMs: number): void {
  const left: ByBucket = new Map([[bucketOf(arrivedAtMs), 1]]);
  pending.settling.push({ came: new Map(), left, untilMs: 0, inLineFromMs: roomNowMs });
  pending.known = undefined;
}

function noArrivals(): Arrivals {
  return { came: new Map(), left: new Map() };
}

function addTo(byBucket: ByBucket, bucket: number, count: number): void {
  byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + count);
}

export function hasMoves({ open, frozen }: PendingMoves): boolean {
  return open.size > 0 || frozen.some(({ batch }) => batch.moves.length > 0);
}

/**
 * What an exchange that begins now tells, in place. A batch without moves says that there is nothing: the Room then knows
 * this edge, and that it holds no arrivals back.
 *
 * @param roomNowMs by the room's clock
 */
export function freezeMoves(pending: PendingMoves, roomNowMs: number): readonly Batch[] {
  const { frozen, open } = pending;
  if (frozen.length < MOST_FROZEN) {
    pending.seq += 1;
    // Who was counted until a second that is over, and came back since, moves on from there in another move.
    const moves: Move[] = [...open.values()].filter(({ to }) => to === 0 || to * 1000 > roomNowMs);
    frozen.push({
      batch: { seq: pending.seq, untilMs: seenUntilMs(pending, roomNowMs), moves },
      ...pending.openArrivals,
    });
    open.clear();
    pending.openArrivals = noArrivals();
    pending.untold = 0;
  }
  return frozen.map(({ batch }) => batch);
}

function seenUntilMs({ coming }: PendingMoves, roomNowMs: number): number {
  for (const [name, atMs] of coming) {
    if (roomNowMs - atMs < LONGEST_DECISION_MS) return Math.min(atMs, roomNowMs);
    coming.delete(name);
  }
  return roomNowMs;
}

/** The Room has answered what was told, in place; what it published then or later knows of it. */
export function movesAnswered(pending: PendingMoves, told: readonly Batch[], publishedAtMs: number): void {
  const seqs = new Set(told.map(({ seq }) => seq));
  const answered = pending.frozen.filter(({ batch }) => seqs.has(batch.seq));
  pending.frozen = pending.frozen.filter(({ batch }) => !seqs.has(batch.seq));
  for (const { batch, came, left } of answered) {
    pending.settling.push({ came, left, untilMs: batch.untilMs, inLineFromMs: publishedAtMs });
  }
}

/** A line has come that was drawn at `lineAtMs` by the room's clock; in place. */
export function lineSeen(pending: PendingMoves, lineAtMs: number): void {
  const inLine = pending.settling.filter(({ inLineFromMs }) => lineAtMs >= inLineFromMs);
  if (inLine.length === 0) return;
  pending.settling = pending.settling.filter(({ inLineFromMs }) => lineAtMs < inLineFromMs);
  pending.reportedUntilMs = Math.max(pending.reportedUntilMs, ...inLine.map(({ untilMs }) => untilMs));
  pending.known = undefined;
}

/** The tickets issued here that the line does not know. */
export function localArrivals(pending: PendingMoves): LocalArrivals {
  pending.known ??= workOut(pending);
  return pending.known;
}

function workOut({ settling, frozen, openArrivals, reportedUntilMs }: PendingMoves): LocalArrivals {
  const all: readonly Arrivals[] = [...settling, ...frozen, openArrivals];
  const arrivals = sorted(all.map(({ came }) => came));
  return { arrivals, left: sorted(all.map(({ left }) => left)), reportedUntilMs, edges: 1 };
}

function sorted(all: readonly ByBucket[]): LocalArrivals["arrivals"] {
  const sums: ByBucket = new Map();
  for (const byBucket of all) for (const [bucket, count] of byBucket) addTo(sums, bucket, count);
  return [...sums].sort(([a], [b]) => a - b).map(([bucket, count]) => ({ bucket, count }));
}
