/** Edges, one store and a network between them in virtual time, to see what leases let through. Same seed, same run. */
import {
  beginAsk,
  beginReturn,
  decideLease,
  endAsk,
  failAsk,
  heldTokens,
  isLive,
  type Lease,
  newLease,
  noteDemand,
  refund,
  spend,
} from "../../src/policy/lease.ts";
import { type Ask, type Grant, type Holder, LEASE_MS, lend } from "../../src/policy/lending.ts";
import {
  advance,
  type Bucket,
  type BucketShape,
  fullBucket,
  tokensPerMs,
} from "../../src/policy/token-bucket.ts";
import { Agenda } from "./agenda.ts";

export interface Arrival {
  readonly atMs: number;
  readonly edge: number;
  readonly cost: number;
  /** Another limit denies it: what it took goes back. */
  readonly isRefused?: boolean;
}

export interface World {
  readonly shape: BucketShape;
  readonly edges: number;
  readonly arrivals: readonly Arrival[];
  readonly seed: number;
  /** One way; each message takes its own time, so messages overtake each other. */
  readonly delayMs: readonly [least: number, most: number];
  /** The share of asks that are lost, and of answers. */
  readonly loss?: number;
  /** So long an edge waits for an answer; one that comes later is taken all the same. */
  readonly deadlineMs?: number;
  /** An edge starts anew, with nothing and under another name. */
  readonly deaths?: readonly { readonly edge: number; readonly atMs: number }[];
  /** The store starts anew: it has its buckets, and has forgotten who holds leases. */
  readonly restartsMs?: readonly number[];
  readonly clockOffsetsMs?: readonly number[];
  readonly clockSteps?: readonly { readonly edge: number; readonly atMs: number; readonly byMs: number }[];
  /** Whether edges forget buckets of users that they have not seen for a while. */
  readonly forgets?: boolean;
}

export interface Verdict {
  readonly arrival: Arrival;
  /** "failed": the store gave no answer. */
  readonly kind: "admitted" | "denied" | "failed" | "refused";
  /** When its tokens were taken: by the store for a request that it paid, else by the edge. */
  readonly takenAtMs: number;
  readonly decidedAtMs: number;
}

export interface Run {
  readonly verdicts: readonly Verdict[];
  readonly admitted: readonly Verdict[];
  /** Asks for requests. */
  readonly calls: number;
  /** Asks that only brought a lease back, or renewed it. */
  readonly returns: number;
  readonly held: number;
  readonly endedAtMs: number;
  bucketAt(atMs: number): Bucket;
}

/** Nothing would be lost with the lease but the memory of a denial. */
const isIdle = (lease: Lease, nowMs: number) =>
  lease.asking === 0 && heldTokens(lease) === 0 && Math.abs(nowMs - lease.demand.startedAtMs) >= 2 * LEASE_MS;

interface Edge {
  name: string;
  lease: Lease;
  waiting: Request[];
  offsetMs: number;
  isTimerSet: boolean;
}

interface Request {
  readonly arrival: Arrival;
  asks: number;
}

/** Where the clocks of edges begin: no edge has a time below 0. */
const EDGES_BEGIN_MS = 10_000_000;
/** Asks that a request makes at most: its own, and one when it waited for others' in vain. */
const MOST_ASKS = 2;

/** Numbers from 0 up to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the world until nothing is left to happen. */
export function runWorld(world: World): Run {
  const { shape, delayMs, loss = 0, deadlineMs = LEASE_MS } = world;
  const random = randomFrom(world.seed);
  const agenda = new Agenda();
  const verdicts: Verdict[] = [];
  let bucket = fullBucket(shape, 0);
  let holders: readonly Holder[] = [];
  let calls = 0;
  let returns = 0;
  let names = 0;
  const edges = Array.from({ length: world.edges }, (_, index): Edge => {
    const offsetMs = EDGES_BEGIN_MS + (world.clockOffsetsMs?.[index] ?? 0);
    return {
      name: `e${names++}`,
      lease: newLease(shape, offsetMs),
      waiting: [],
      offsetMs,
      isTimerSet: false,
    };
  });

  const clock = (edge: Edge) => agenda.nowMs + edge.offsetMs;
  const delay = () => delayMs[0] + random() * (delayMs[1] - delayMs[0]);

  function settle(request: Request, kind: Verdict["kind"], takenAtMs: number) {
    verdicts.push({ arrival: request.arrival, kind, takenAtMs, decidedAtMs: agenda.nowMs });
  }

  /** The request has its tokens; another limit may still refuse it. */
  function take(edge: Edge, request: Request, takenAtMs: number) {
    if (request.arrival.isRefused !== true) return settle(request, "admitted", takenAtMs);
    refund(edge.lease, request.arrival.cost, clock(edge));
    setTimer(edge);
    settle(request, "refused", takenAtMs);
  }

  function decide(edge: Edge, request: Request) {
    const { cost } = request.arrival;
    const decision = decideLease(edge.lease, cost, clock(edge));
    if (decision.kind === "spend") {
      spend(edge.lease, cost);
      take(edge, request, agenda.nowMs);
    } else if (decision.kind === "wait") edge.waiting.push(request);
    else if (decision.kind === "deny" || request.asks >= MOST_ASKS) settle(request, "denied", agenda.nowMs);
    else {
      request.asks += 1;
      calls += 1;
      send(edge, beginAsk(edge.lease, cost, clock(edge)), request);
    }
  }

  /** After an answer without its tokens. */
  function lookAgain(edge: Edge, request: Request) {
    const { kind } = decideLease(edge.lease, request.arrival.cost, clock(edge));
    if (kind === "spend" || kind === "wait") decide(edge, request);
    else settle(request, "denied", agenda.nowMs);
  }

  function send(edge: Edge, ask: Ask, request: Request | undefined) {
    const { name, lease } = edge;
    let isOpen = true;
    const close = (act: () => void) => {
      if (edge.name !== name) return;
      act();
      setTimer(edge);
      const waiting = edge.waiting;
      edge.waiting = [];
      for (const waiter of waiting) decide(edge, waiter);
    };
    agenda.in(deadlineMs, () => {
      if (!isOpen) return;
      isOpen = false;
      close(() => {
        failAsk(lease, ask);
        if (request !== undefined) settle(request, "failed", agenda.nowMs);
      });
    });
    if (random() < loss) return;
    agenda.in(delay(), () => {
      const lending = lend(bucket, holders, shape, name, ask, agenda.nowMs);
      bucket = lending.bucket;
      holders = lending.holders;
      const takenAtMs = agenda.nowMs;
      if (random() < loss) return;
      agenda.in(delay(), () =>
        close(() => answer(edge, lending.grant, isOpen ? request : undefined, takenAtMs)),
      );
      function answer(at: Edge, grant: Grant, asker: Request | undefined, paidAtMs: number) {
        isOpen = false;
        endAsk(at.lease, ask, grant, clock(at));
        if (asker === undefined) {
          // Nobody waits for the tokens of a request that was given up.
          if (grant.isPaid) refund(at.lease, ask.need, clock(at));
        } else if (grant.isPaid) take(at, asker, paidAtMs);
        else lookAgain(at, asker);
      }
    });
  }

  /** Brings a lease back when its time is over. */
  function setTimer(edge: Edge) {
    if (edge.isTimerSet || heldTokens(edge.lease) === 0) return;
    const { name } = edge;
    const leftMs = edge.lease.endsAtMs - clock(edge);
    edge.isTimerSet = true;
    agenda.in(Math.min(LEASE_MS, Math.max(1, leftMs)), () => {
      if (edge.name !== name) return;
      edge.isTimerSet = false;
      if (isLive(edge.lease, clock(edge))) return setTimer(edge);
      const ask = beginReturn(edge.lease, clock(edge));
      if (ask === undefined) return;
      returns += 1;
      send(edge, ask, undefined);
    });
  }

  for (const arrival of world.arrivals) {
    agenda.at(arrival.atMs, () => {
      const edge = edges[arrival.edge % edges.length] as Edge;
      if (world.forgets === true && isIdle(edge.lease, clock(edge)))
        edge.lease = newLease(shape, clock(edge));
      noteDemand(edge.lease, arrival.cost, clock(edge));
      decide(edge, { arrival, asks: 0 });
    });
  }
  for (const { edge: index, atMs } of world.deaths ?? []) {
    agenda.at(atMs, () => {
      const edge = edges[index % edges.length] as Edge;
      edge.name = `e${names++}`;
      edge.lease = newLease(shape, clock(edge));
      edge.waiting = [];
      edge.isTimerSet = false;
    });
  }
  for (const atMs of world.restartsMs ?? []) {
    agenda.at(atMs, () => {
      holders = [];
    });
  }
  for (const { edge: index, atMs, byMs } of world.clockSteps ?? []) {
    agenda.at(atMs, () => {
      (edges[index % edges.length] as Edge).offsetMs += byMs;
    });
  }
  agenda.run();
  return {
    verdicts,
    admitted: verdicts.filter(({ kind }) => kind === "admitted"),
    calls,
    returns,
    held: edges.reduce((sum, { lease }) => sum + heldTokens(lease), 0),
    endedAtMs: agenda.nowMs,
    bucketAt: (atMs) => advance(bucket, shape, atMs),
  };
}

/** A taking of tokens. */
export type Spent = { readonly atMs: number; readonly cost: number };

export function spentIn({ admitted }: Run): Spent[] {
  return admitted
    .map(({ takenAtMs, arrival }) => ({ atMs: takenAtMs, cost: arrival.cost }))
    .sort((one, other) => one.atMs - other.atMs);
}

export function tokensOf(spent: readonly Spent[]): number {
  return spent.reduce((sum, { cost }) => sum + cost, 0);
}

/** How far the worst of all windows exceeds capacity + rate × its length; negative when none does. */
export function worstWindow(spent: readonly Spent[], shape: BucketShape): number {
  let filled = 0;
  let most = 0;
  let lastMs = 0;
  for (const { atMs, cost } of spent) {
    filled = Math.max(0, filled - (atMs - lastMs) * tokensPerMs(shape)) + cost;
    lastMs = atMs;
    most = Math.max(most, filled);
  }
  return most - shape.capacity;
}

/** The same of windows from time 0 on. */
export function worstFromStart(spent: readonly Spent[], shape: BucketShape): number {
  let sum = 0;
  let most = 0;
  for (const { atMs, cost } of spent) {
    sum += cost;
    most = Math.max(most, sum - atMs * tokensPerMs(shape));
  }
  return most - shape.capacity;
}

/** What an exact bucket holds at `atMs` when these were taken from it. */
export function exactLevel(spent: readonly Spent[], shape: BucketShape, atMs: number): number {
  let bucket = fullBucket(shape, 0);
  for (const each of spent) {
    if (each.atMs > atMs) break;
    const now = advance(bucket, shape, each.atMs);
    bucket = { level: now.level - each.cost, atMs: each.atMs };
  }
  return advance(bucket, shape, atMs).level;
}
