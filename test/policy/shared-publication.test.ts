import { describe, expect, it } from "vitest";
import type { Publication } from "../../src/config/room-api.ts";
import { newRoomMemory, type RoomMemory } from "../../src/edge/room-memory.ts";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import { exchangeAnswered, exchangeBegan } from "../../src/policy/exchange-pace.ts";
import { lineToNumbers } from "../../src/policy/line.ts";
import { freezeMoves, localArrivals, movesAnswered, noteMove } from "../../src/policy/move-batches.ts";
import { endedAtMs, laneOf, lineOf } from "../../src/policy/room-known.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import {
  heardFromNeighbour,
  isShared,
  mayHear,
  takeHeard,
  takePublication,
} from "../../src/policy/shared-publication.ts";

const NOW_MS = 1_800_000_000_000;

function publication(atMs: number, { frontierMs = 0, waiting = 3, ended = [] as [string, number][] } = {}) {
  const [from, to] = [bucketOf(NOW_MS - 1000), bucketOf(NOW_MS)];
  const line = lineToNumbers({
    ...{ atMs, edges: 3000, unreportedMs: 0, completeMs: 0 },
    ...{ buckets: [from, to], before: [0, waiting] },
  });
  const lane = { frontierMs, line, pace: { kind: "unknown" } as const, waiting, isOpen: false };
  const all: Publication = {
    ...{ atMs, lanes: { [COMMON_LANE]: lane }, isPaused: false, active: 10, limit: 10 },
    ...{ ended, lottery: undefined },
  };
  return all;
}

/** An edge of a room that gives each of its edges a turn every so often; it has just had one. */
function edge(nextInMs = 10_000): RoomMemory {
  const memory = newRoomMemory();
  exchangeBegan(memory.pace, NOW_MS);
  exchangeAnswered(memory.pace, nextInMs, nextInMs);
  takePublication(memory, publication(NOW_MS));
  return memory;
}

/** Somebody has come at this edge and is told of. */
function telling(memory: RoomMemory) {
  const { moves } = laneOf(memory, COMMON_LANE);
  noteMove(moves, NOW_MS + 100, 0, NOW_MS / 1000 + 60);
  return { moves, batches: freezeMoves(moves, NOW_MS + 200) };
}

describe("an edge that waits long for its turn", () => {
  it("looks for a neighbour's word once its own is half a second old, four times a second", () => {
    const memory = edge();
    expect(mayHear(memory, NOW_MS + 499)).toBe(false);
    expect(mayHear(memory, NOW_MS + 500)).toBe(true);
    memory.heardAtMs = NOW_MS + 500;
    expect(mayHear(memory, NOW_MS + 749)).toBe(false);
    expect(mayHear(memory, NOW_MS + 750)).toBe(true);
  });

  it("goes by the Room's time, and by its own where that was set back", () => {
    const memory = edge();
    memory.skewMs = -3000;
    expect(mayHear(memory, NOW_MS + 3499)).toBe(false);
    expect(mayHear(memory, NOW_MS + 3500)).toBe(true);
    memory.skewMs = 0;
    memory.heardAtMs = NOW_MS + 3_600_000;
    expect(mayHear(memory, NOW_MS + 1000)).toBe(true);
    expect(mayHear(memory, NOW_MS - 1000)).toBe(true);
  });

  it("notes that it looks, so that the next request does not", () => {
    const memory = edge();
    const means = { nowMs: () => NOW_MS + 800, random: () => 0.5 };
    expect([...heardFromNeighbour(memory, means)]).toEqual([{ do: "hear" }]);
    expect([...heardFromNeighbour(memory, means)]).toEqual([]);
  });

  it("is one of more than three hundred: fewer know as much by themselves", () => {
    expect([1000, 1001].map((nextInMs) => isShared({ nextInMs }))).toEqual([false, true]);
    expect(mayHear(edge(1000), NOW_MS + 900)).toBe(false);
  });

  it("looks for nothing before it has heard of the Room itself", () => {
    const memory = edge();
    memory.publication = undefined;
    expect(mayHear(memory, NOW_MS + 5000)).toBe(false);
    takeHeard(memory, publication(NOW_MS + 4000));
    expect(memory.publication).toBeUndefined();
  });

  it("does not look while it tells the Room of people, nor take what comes then", () => {
    const memory = edge();
    const { moves, batches } = telling(memory);
    expect(mayHear(memory, NOW_MS + 5000)).toBe(false);
    takeHeard(memory, publication(NOW_MS + 4000));
    expect(memory.publication?.atMs).toBe(NOW_MS);
    movesAnswered(moves, batches, NOW_MS + 300);
    expect(mayHear(memory, NOW_MS + 5000)).toBe(true);
  });
});

describe("a neighbour's word", () => {
  it("is taken when it is younger: frontier, line, and who is out", () => {
    const memory = edge();
    expect(lineOf(memory, COMMON_LANE).before).toEqual([0, 3]);
    const heard = publication(NOW_MS + 4000, { frontierMs: NOW_MS, waiting: 7, ended: [["p", NOW_MS]] });
    takeHeard(memory, heard);
    expect(memory.publication).toBe(heard);
    expect(lineOf(memory, COMMON_LANE).before).toEqual([0, 7]);
    expect(endedAtMs(memory, "p")).toBe(NOW_MS);
    expect(endedAtMs(memory, "q")).toBeUndefined();
  });

  it("is left where it is as old or older", () => {
    const memory = edge();
    for (const atMs of [NOW_MS, NOW_MS - 1, NOW_MS - 60_000]) {
      takeHeard(memory, publication(atMs, { frontierMs: NOW_MS }));
      expect(memory.publication?.atMs).toBe(NOW_MS);
      expect(memory.publication?.lanes[COMMON_LANE]?.frontierMs).toBe(0);
    }
  });

  it("changes nothing of what the Room gave this edge: its turn, its slots", () => {
    const memory = edge();
    const lane = laneOf(memory, COMMON_LANE);
    lane.granted = 4;
    lane.lease.slots = 4;
    lane.lease.endsAtMs = NOW_MS + 30_000;
    const pace = { ...memory.pace };
    takeHeard(memory, publication(NOW_MS + 4000));
    expect(memory.pace).toEqual(pace);
    expect(lane).toMatchObject({ granted: 4, lease: { slots: 4, endsAtMs: NOW_MS + 30_000 } });
  });

  it("has this edge's people once they were told of, so that nobody counts twice", () => {
    const memory = edge();
    const { moves, batches } = telling(memory);
    // Answered with a line that was drawn before.
    movesAnswered(moves, batches, NOW_MS + 300);
    expect(localArrivals(moves).arrivals).toHaveLength(1);
    takeHeard(memory, publication(NOW_MS + 250));
    expect(localArrivals(moves).arrivals).toHaveLength(1);
    takeHeard(memory, publication(NOW_MS + 300));
    expect(localArrivals(moves).arrivals).toEqual([]);
  });
});
