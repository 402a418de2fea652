import { describe, expect, it } from "vitest";
import { type Entry, runRoom, type Trouble } from "../support/room-model.ts";

const SEEDS = 60;
const NETWORK: Trouble = { lost: 0.1, doubled: 0.1, late: 0.1 };

/** What is wrong in any of the worlds: small limits and short sessions, so that slots are always in dispute. */
function wrongsIn(trouble: Trouble, admitPerMinute = 1_000_000): string[] {
  const wrongs: string[] = [];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const verdict = runRoom({ ...worldOf(seed, admitPerMinute), ...trouble });
    wrongs.push(...verdict.wrongs.map((wrong) => `seed ${seed}, ${wrong}`));
    const most = mostInAMinute(verdict.entries);
    if (most > admitPerMinute) wrongs.push(`seed ${seed}: ${most} came in within a minute`);
  }
  return wrongs;
}

function worldOf(seed: number, admitPerMinute: number) {
  return {
    seed,
    edges: 1 + (seed % 4),
    seconds: 60,
    arrivals: 2 + (seed % 5),
    rules: {
      mode: "auto" as const,
      activeLimit: 1 + (seed % 7),
      admitPerMinute,
      reachable: 1,
      sessionMs: [2000, 6000, 15_000][seed % 3] ?? 2000,
      renews: true,
      claimWindowMs: 20_000,
      ticketLifeMs: 3_600_000,
      lanes: [],
      events: [],
    },
  };
}

function mostInAMinute(entries: readonly Entry[]): number {
  let most = 0;
  let first = 0;
  for (const [index, { atMs }] of entries.entries()) {
    while (atMs - (entries[first]?.atMs ?? 0) >= 60_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe("users who are in and slots that edges hold", () => {
  it.each<[string, Trouble]>([
    ["when all goes well", {}],
    ["when messages are lost, doubled, late and overtake each other", NETWORK],
    ["when the Room restarts", { ...NETWORK, restarts: 0.3 }],
    ["when edges die", { ...NETWORK, restarts: 0.3, deaths: 0.2 }],
  ])(
    "are never more than the limit, and no pass outlives its slot, %s",
    (_, trouble) => {
      expect(wrongsIn(trouble)).toEqual([]);
    },
    60_000,
  );

  it("are not lent when the limit has shrunk below those who are in", () => {
    expect(wrongsIn({ ...NETWORK, restarts: 0.3, deaths: 0.2, limitChanges: 0.2 })).toEqual([]);
  }, 60_000);
});

describe("users who come in within any minute", () => {
  it.each([6, 20])(
    "are never more than %d, over lost messages, restarts and dead edges",
    (admitPerMinute) => {
      expect(wrongsIn({ ...NETWORK, restarts: 0.1, deaths: 0.1 }, admitPerMinute)).toEqual([]);
    },
    60_000,
  );
});
