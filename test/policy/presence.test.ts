import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKET_MS, bucketOf, peopleBefore, totalOf } from "../../src/policy/crowd-curve.ts";
import { drawCurve } from "../../src/policy/person-span.ts";
import {
  applyReport,
  countedUntil,
  curveOf,
  expire,
  type Move,
  newPresence,
  type Report,
} from "../../src/policy/presence.ts";
import { packPresence, unpackPresence } from "../../src/policy/presence-blob.ts";

const NOW = 1_800_000_000_000;
const S = NOW / 1000;
const B = bucketOf(NOW);
const report = (seq: number, moves: readonly Move[], edge = "a"): Report => ({
  edge,
  seq,
  untilMs: NOW,
  moves,
});
const join = (bucket: number, count: number, to = S + 10): Move => ({ bucket, from: 0, to, count });

describe("people in line", () => {
  it("count by their time of arrival until their second comes", () => {
    const room = newPresence();
    applyReport(room, report(1, [join(B, 3, S + 4), join(B + 2, 2, S + 8)]), NOW);
    const before = [NOW, NOW + BUCKET_MS, NOW + 1000].map((ms) =>
      peopleBefore(curveOf(room), ms / BUCKET_MS),
    );
    expect(before).toEqual([0, 3, 5]);
    expire(room, NOW + 3999);
    expect(room.total).toBe(5);
    expire(room, NOW + 4000);
    expect(room.total).toBe(2);
    expect(room.vanished).toBe(3);
  });

  it("have not vanished when they poll on, come in or leave by themselves", () => {
    const room = newPresence();
    applyReport(room, report(1, [join(B, 3, S + 4)]), NOW);
    const stay = { bucket: B, from: S + 4, to: S + 8, count: 1 };
    applyReport(room, report(2, [stay, { bucket: B, from: S + 4, to: 0, count: 2 }]), NOW + 1000);
    expire(room, NOW + 7999);
    expect(room.vanished).toBe(0);
    expire(room, NOW + 8000);
    expect(room.vanished).toBe(1);
  });

  it("count on when they poll, are gone at once when they leave, and are counted again when they return", () => {
    const room = newPresence();
    applyReport(room, report(1, [join(B, 3, S + 4)]), NOW);
    applyReport(room, report(2, [{ bucket: B, from: S + 4, to: S + 8, count: 2 }]), NOW + 2000);
    applyReport(room, report(3, [{ bucket: B, from: S + 8, to: 0, count: 1 }]), NOW + 3000);
    expect(room.total).toBe(2);
    expire(room, NOW + 5000);
    expect(room.total).toBe(1);
    applyReport(room, report(4, [{ bucket: B, from: S + 4, to: S + 20, count: 1 }]), NOW + 9000);
    expect(room.total).toBe(1);
    expect(room.cells).toBe(1);
  });

  it("count until twice the interval that they were told, a twenty-fourth less at most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 10, max: 600 }), (offset, tenths) => {
        const atMs = NOW + offset;
        const until = countedUntil(atMs, tenths * 100, 1000) * 1000;
        expect(until).toBeLessThanOrEqual(atMs + 2 * tenths * 100);
        expect(until).toBeGreaterThan(atMs + tenths * 100);
        if (tenths >= 240) expect(until).toBeGreaterThan(atMs + 1.9 * tenths * 100);
      }),
    );
  });

  it.each([1000, 10_000])("are counted without a gap by an edge that tells every %i ms", (paceMs) => {
    const POLL_MS = 2000;
    const room = newPresence();
    let moves: Move[] = [];
    let from = 0;
    let seq = 0;
    const seen: number[] = [];
    for (let atMs = 0; atMs <= 60_000; atMs += 500) {
      if (atMs % POLL_MS === 0) {
        const to = countedUntil(NOW + atMs, POLL_MS, paceMs);
        moves.push({ bucket: B, from, to, count: 1 });
        from = to;
      }
      if (atMs % paceMs === 500) {
        applyReport(room, report(++seq, moves), NOW + atMs);
        moves = [];
      }
      expire(room, NOW + atMs);
      if (atMs >= 500) seen.push(room.total);
    }
    expect([...new Set(seen)]).toEqual([1]);
  });

  it("cannot be parked for ever by an edge with a wrong clock", () => {
    const room = newPresence();
    applyReport(room, report(1, [join(B, 5, S + 100_000)]), NOW);
    expect(room.total).toBe(0);
  });
});

/** Some tickets' polls, as reports of several edges. */
const history = fc
  .array(
    fc.record({
      bucket: fc.integer({ min: 0, max: 40 }),
      polls: fc.array(
        fc.record({ after: fc.integer({ min: 1, max: 30 }), edge: fc.integer({ min: 0, max: 3 }) }),
        { minLength: 1, maxLength: 5 },
      ),
      leaves: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((people) => {
    const reports: Report[] = [];
    const seqs = [0, 0, 0, 0];
    const left = new Map<number, Map<number, number>>();
    for (const { bucket, polls, leaves } of people) {
      let from = 0;
      let until = S + 20;
      for (const [index, { after, edge }] of polls.entries()) {
        until += after;
        const to = leaves && index === polls.length - 1 ? 0 : until;
        seqs[edge] = (seqs[edge] ?? 0) + 1;
        reports.push(report(seqs[edge] ?? 0, [{ bucket: B + bucket, from, to, count: 1 }], `edge ${edge}`));
        from = to;
      }
      if (from === 0) continue;
      const of = left.get(from) ?? new Map<number, number>();
      left.set(from, of.set(B + bucket, (of.get(B + bucket) ?? 0) + 1));
    }
    return { reports, left };
  });

describe("reports", () => {
  it("give the same count in any order within half a minute, however often each comes", () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat(1000)), ({ reports, left }, stream) => {
        // Of one edge, no report overtakes more than a window of others here: 200 reports over four edges may.
        const few = reports.filter(({ seq }) => seq <= 31);
        if (few.length < reports.length) return;
        const chaos = [...reports, ...reports.filter((_, index) => index % 3 === 0)]
          .map((each) => ({ each, order: stream.next().value }))
          .sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
        const room = newPresence();
        for (const { each } of chaos) {
          applyReport(room, each, NOW);
          expect(room.total).toBeGreaterThanOrEqual(0);
          // People are taken out of a curve that was drawn before, or it is drawn anew: it is the same.
          const [kept, drawn] = [curveOf(room), drawCurve(room.spans)];
          for (let bucket = B - 1; bucket <= B + 42; bucket += 0.5) {
            expect(peopleBefore(kept, bucket)).toBe(peopleBefore(drawn, bucket));
          }
        }
        const seen = new Map(Array.from(room.until, ([second, spans]) => [second, sumOf(spans)]));
        const expected = new Map(
          Array.from(left, ([second, of]) => [second, [...of.values()].reduce((a, b) => a + b, 0)]),
        );
        for (const [second, count] of [...seen]) if (count === 0) seen.delete(second);
        expect(seen).toEqual(expected);
        expect(room.total).toBe([...expected.values()].reduce((a, b) => a + b, 0));
      }),
      { numRuns: 300 },
    );
  });

  it("that are lost err only until people poll again or their second has come", () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), ({ reports }, lost) => {
        const room = newPresence();
        for (const each of reports) if (!lost.next().value) applyReport(room, each, NOW);
        for (const count of room.spans.values()) expect(count).toBeGreaterThan(0);
        applyReport(room, report(1, [join(B, 7, S + 175)], "later"), NOW);
        expire(room, NOW + 174_000);
        expect(room.total).toBe(7);
        expect(room.cells).toBe(1);
      }),
    );
  });

  it("of many edges are remembered in bounds, and only as long as a repetition could do harm", () => {
    const room = newPresence();
    for (let edge = 0; edge < 5000; edge += 1) applyReport(room, report(1, [], `edge ${edge}`), NOW);
    expect(room.edges.size).toBe(4096);
    expire(room, NOW + 180_001);
    expect(room.edges.size).toBe(0);
  });
});

function sumOf(spans: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const [key, count] of spans) if (key % 32 !== 31) sum += count;
  return sum;
}

describe("a million people over an hour", () => {
  it("are kept small, and nobody is a quarter of a percent off; the front is exact", () => {
    const room = newPresence();
    const HOUR = 3_600_000 / BUCKET_MS;
    const PEOPLE = 1_000_000;
    const intervalMs = (ahead: number) => Math.min(60_000, Math.max(2000, ahead * 10));
    const until = new Float64Array(PEOPLE);
    const bucketAt = (index: number) => B - HOUR + Math.floor((index * HOUR) / PEOPLE);
    let seq = 0;
    const apply = (of: Iterable<number>, atMs: number, pollMs: (index: number) => number) => {
      const list: Move[] = [];
      for (const index of of) {
        const to = countedUntil(atMs, pollMs(index), 1000);
        list.push({ bucket: bucketAt(index), from: until[index] ?? 0, to, count: 1 });
        until[index] = to;
      }
      const started = performance.now();
      applyReport(room, report(++seq, list), atMs);
      curveOf(room);
      return { ms: performance.now() - started, moves: list.length };
    };
    // Everybody joined in turn, and all are there at the end; then polls, spread over their intervals.
    let load = { ms: 0, moves: 0 };
    const PARTS = 60;
    for (let part = 0; part < PARTS; part += 1) {
      const took = apply(range((part * PEOPLE) / PARTS, ((part + 1) * PEOPLE) / PARTS, 1), NOW, () => 60_000);
      if (took.ms > load.ms) load = took;
    }
    const cells = room.cells;
    let slowest = { ms: 0, moves: 0 };
    for (let second = 1; second <= 75; second += 1) {
      const polling = range(second % 60, PEOPLE, 60);
      const took = apply(polling, NOW + second * 1000, (index) => Math.max(30_000, intervalMs(index)));
      if (took.ms > slowest.ms) slowest = took;
    }
    expect(room.total).toBe(PEOPLE);
    let worst = 0;
    for (let index = 0; index < PEOPLE; index += 97) {
      const truth = firstIndexIn(bucketAt(index), HOUR, PEOPLE);
      const seen = peopleBefore(curveOf(room), bucketAt(index));
      if (truth < 400) expect(seen).toBe(truth);
      else worst = Math.max(worst, Math.abs(seen - truth) / truth);
    }
    expect(worst).toBeLessThanOrEqual(0.0025);
    const started = performance.now();
    const blob = packPresence(room);
    const packMs = performance.now() - started;
    expect(blob.cells.length).toBeLessThan(1_000_000);
    const back = unpackPresence(structuredClone(blob));
    expect(back.total).toBe(PEOPLE);
    expect(totalOf(curveOf(back))).toBe(PEOPLE);
    expect(back.until).toEqual(new Map([...room.until].sort(([a], [b]) => a - b)));
    if (process.env.TIDEGATE_FIGURES !== undefined) {
      console.log({
        load,
        slowest,
        worst,
        cells: [cells, room.cells],
        spans: room.spans.size,
        blob: blob.cells.length,
        packMs,
      });
    }
  }, 120_000);

  function* range(from: number, to: number, step: number): Generator<number> {
    for (let index = Math.ceil(from); index < to; index += step) yield index;
  }

  function firstIndexIn(bucket: number, hour: number, people: number): number {
    return Math.ceil(((bucket - B + hour) * people) / hour);
  }
});
