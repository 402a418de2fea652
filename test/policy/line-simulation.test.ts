import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import { type Line, lineFromNumbers, lineToNumbers, publishLine } from "../../src/policy/line.ts";
import { positionOf } from "../../src/policy/position.ts";
import {
  applyMoves,
  applyReport,
  countedUntil,
  crowdOf,
  type Move,
  newPresence,
  type Presence,
  type Report,
} from "../../src/policy/presence.ts";
import { type PresenceBlob, packPresence, unpackPresence } from "../../src/policy/presence-blob.ts";

const NOW = 1_800_000_000_000;
/** An edge's line is so old at most, beside the second between two publications. */
const FETCH_MS = 300;
const POLL_MS = 4000;

interface Scenario {
  readonly edges: number;
  readonly people: number;
  readonly withinMs: number;
  readonly seconds: number;
  /** Share of reports that never arrive. */
  readonly lost?: number;
  /** Milliseconds of a Room restart (from a blob up to 2 s old), and of an edge's. */
  readonly roomRestarts?: readonly number[];
  readonly edgeRestarts?: readonly number[];
  /** Chance to go after each poll, and share of people who never poll. */
  readonly leave?: number;
  readonly leavers?: number;
  readonly admitPerSecond?: number;
}

interface Person {
  readonly t: number;
  readonly order: number;
  p: number;
  u: number;
  firstTold: number;
  secondTold: number;
  nextPollMs: number;
  gone: boolean;
}

interface Edge {
  name: string;
  seq: number;
  line: Line;
  readonly phaseMs: number;
  moves: Move[];
  local: { bucket: number; count: number; atMs: number }[];
  reportedUntilMs: number;
  /** Reports on their way: what was in them is known to be in the line once it is published. */
  sent: { untilMs: number; atMs: number }[];
}

/** Whole edges and a Room object in virtual time, in steps of 10 ms. */
function simulate(scenario: Scenario) {
  const next = seeded(11);
  const room: { presence: Presence; line: Line } = {
    presence: newPresence(),
    line: publishLine(undefined, crowdOf(newPresence(), NOW), NOW),
  };
  let stored: { presence: PresenceBlob; line: readonly number[] } | undefined;
  let edges: Edge[] = [];
  for (let index = 0; index < scenario.edges; index += 1) {
    edges.push({
      name: `edge ${index}`,
      seq: 0,
      line: room.line,
      phaseMs: Math.floor(next() * 100) * 10,
      moves: [],
      local: [],
      reportedUntilMs: NOW,
      sent: [],
    });
  }
  const times = Array.from({ length: scenario.people }, () => NOW + Math.floor(next() * scenario.withinMs));
  times.sort((a, b) => a - b);
  const people: Person[] = [];
  const polls = new Map<number, Person[]>();
  let grew = 0;
  let admitted = 0;
  let front = 0;
  const totals: { ms: number; counted: number }[] = [];

  const visit = (person: Person, atMs: number) => {
    const edge = edges[Math.floor(next() * edges.length)] as Edge;
    const isNew = person.p === 0;
    const { position } = positionOf(edge.line, person, {
      arrivals: edge.local,
      reportedUntilMs: edge.reportedUntilMs,
      edges: scenario.edges,
    });
    if (!isNew && position > person.p) grew += 1;
    const to = countedUntil(atMs, POLL_MS, 1000);
    edge.moves.push({ bucket: bucketOf(person.t), from: person.u, to, count: 1 });
    if (isNew) {
      const bucket = bucketOf(person.t);
      const last = edge.local.at(-1);
      if (last?.bucket === bucket && last.atMs >= (edge.sent.at(-1)?.untilMs ?? 0)) last.count += 1;
      else edge.local.push({ bucket, count: 1, atMs });
    }
    if (isNew) person.firstTold = position;
    else if (person.secondTold === 0) person.secondTold = position;
    person.p = position;
    person.u = to;
    if (next() < (isNew ? (scenario.leavers ?? 0) : (scenario.leave ?? 0))) {
      person.gone = true;
      return;
    }
    person.nextPollMs = Math.ceil((atMs + POLL_MS * (0.8 + 0.2 * next())) / 10) * 10;
    polls.set(person.nextPollMs, [...(polls.get(person.nextPollMs) ?? []), person]);
  };

  let joined = 0;
  for (let ms = 0; ms <= scenario.seconds * 1000; ms += 10) {
    const nowMs = NOW + ms;
    for (; joined < times.length && (times[joined] ?? 0) < nowMs; joined += 1) {
      const person: Person = {
        t: times[joined] ?? 0,
        order: joined,
        p: 0,
        u: 0,
        firstTold: 0,
        secondTold: 0,
        nextPollMs: 0,
        gone: false,
      };
      people.push(person);
      visit(person, person.t);
    }
    for (const person of polls.get(nowMs) ?? []) if (!person.gone) visit(person, nowMs);
    polls.delete(nowMs);
    for (const edge of edges) {
      if (ms % 1000 === edge.phaseMs) {
        edge.seq += 1;
        const report: Report = { edge: edge.name, seq: edge.seq, untilMs: nowMs, moves: edge.moves };
        edge.moves = [];
        if (next() >= (scenario.lost ?? 0)) {
          applyReport(room.presence, report, nowMs);
          if (next() < 0.2) applyReport(room.presence, report, nowMs);
        }
        edge.sent.push({ untilMs: nowMs, atMs: nowMs });
      }
      if (ms % 1000 === FETCH_MS) {
        edge.line = room.line;
        const known = edge.sent.filter(({ atMs }) => atMs <= room.line.atMs).at(-1);
        if (known !== undefined) {
          edge.reportedUntilMs = known.untilMs;
          edge.local = edge.local.filter(({ atMs }) => atMs >= known.untilMs);
          edge.sent = edge.sent.filter(({ atMs }) => atMs > room.line.atMs);
        }
      }
    }
    if (ms % 1000 === 0) {
      const moves: Move[] = [];
      for (let count = scenario.admitPerSecond ?? 0; count > 0 && front < people.length; front += 1) {
        const person = people[front] as Person;
        if (person.gone) continue;
        person.gone = true;
        admitted += 1;
        count -= 1;
        moves.push({ bucket: bucketOf(person.t), from: person.u, to: 0, count: 1 });
      }
      applyMoves(room.presence, moves, nowMs);
      room.line = publishLine(room.line, crowdOf(room.presence, nowMs), nowMs);
      totals.push({ ms, counted: room.presence.total });
      if (ms % 2000 === 0) {
        stored = { presence: packPresence(room.presence), line: lineToNumbers(room.line) };
      }
    }
    if (scenario.roomRestarts?.includes(ms) === true && stored !== undefined) {
      room.presence = unpackPresence(structuredClone(stored.presence));
      room.line = lineFromNumbers(stored.line);
    }
    if (scenario.edgeRestarts?.includes(ms) === true) {
      edges = edges.map((edge, index) =>
        index === 0
          ? {
              ...edge,
              name: `${edge.name}'`,
              seq: 0,
              line: room.line,
              moves: [],
              local: [],
              sent: [],
              reportedUntilMs: nowMs,
            }
          : edge,
      );
    }
  }
  return { people, grew, admitted, totals, room };
}

/** Errors as shares of the true position, by percentile, of those behind the first `from`. */
function errors(people: readonly Person[], told: (person: Person) => number, from: number) {
  const all = people
    .slice(from)
    .filter((person) => told(person) > 0)
    .map((person) => Math.abs(told(person) - (person.order + 1)) / (person.order + 1))
    .sort((a, b) => a - b);
  const at = (share: number) => Number((all[Math.floor(share * (all.length - 1))] ?? 0).toFixed(4));
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

function show(name: string, figures: unknown): void {
  if (process.env.TIDEGATE_FIGURES !== undefined) console.log(name, figures);
}

describe("positions in one edge", () => {
  it.each([1000, 10_000])("are exact at issue for 10,000 people in %d ms", (withinMs) => {
    const { people, grew } = simulate({ edges: 1, people: 10_000, withinMs, seconds: 16 });
    for (const person of people) expect(person.firstTold).toBe(person.order + 1);
    expect(grew).toBe(0);
    const second = errors(people, (person) => person.secondTold, 400);
    show(`1 edge, ${withinMs} ms, second poll`, second);
    // Ties in a bucket of 500 are taken as evenly spread.
    expect(second.p99).toBeLessThan(withinMs === 1000 ? 0.03 : 0.01);
  });
});

describe("positions over eight edges", () => {
  it.each([1000, 10_000])(
    "are close for 10,000 people in %d ms, and closer at the second poll",
    (withinMs) => {
      const { people, grew } = simulate({ edges: 8, people: 10_000, withinMs, seconds: 20 });
      const first = errors(people, (person) => person.firstTold, 0);
      const late = errors(people, (person) => person.firstTold, 5000);
      const second = errors(people, (person) => person.secondTold, 0);
      const lateSecond = errors(people, (person) => person.secondTold, 5000);
      show(`8 edges, ${withinMs} ms`, { first, late, second, lateSecond });
      expect(grew).toBe(0);
      expect(late.p50).toBeLessThan(withinMs === 1000 ? 0.03 : 0.01);
      expect(lateSecond.p90).toBeLessThan(0.01);
      expect(second.p90).toBeLessThan(0.015);
    },
  );
});

describe("positions never grow", () => {
  it("over restarts of the Room object and of edges, lost and repeated reports, and admissions", () => {
    const { grew, people, admitted } = simulate({
      edges: 8,
      people: 10_000,
      withinMs: 10_000,
      seconds: 30,
      lost: 0.05,
      roomRestarts: [3990, 7550, 12_010, 15_990],
      edgeRestarts: [5000, 9310, 14_770],
      leave: 0.02,
      admitPerSecond: 50,
    });
    expect(grew).toBe(0);
    expect(admitted).toBeGreaterThan(1000);
    expect(people.every(({ p }) => p >= 1)).toBe(true);
  });
});

describe("people who leave without a word", () => {
  it("are not counted after two poll intervals", () => {
    const leavers = 0.3;
    const { people, totals } = simulate({ edges: 8, people: 5000, withinMs: 1000, seconds: 12, leavers });
    const there = people.filter((person) => !person.gone).length;
    expect(there).toBeLessThan(3700);
    const at = (ms: number) => totals.find((each) => each.ms === ms)?.counted;
    expect(at(3000)).toBe(5000);
    expect(at(1000 + 2 * POLL_MS)).toBe(there);
    expect(at(12_000)).toBe(there);
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
