import { describe, expect, it } from "vitest";
import { MUTATIONS } from "./mutations.ts";
import { runSeeds } from "./run-seeds.ts";

const WORKERS = 2;
const SEEDS = 200;
/** Each mistake is seen in one of the first so many worlds. */
const WITHIN = 400;

/** `npm run simulate -- --seeds 10000` runs more of them. */
describe(`${SEEDS} worlds`, () => {
  it("keep every rule at every step", async () => {
    const all = await runSeeds({ from: 0, count: SEEDS, workers: WORKERS });
    expect(all).toHaveLength(SEEDS);
    expect(all.filter(({ wrongs }) => wrongs.length > 0)).toEqual([]);
    // They are no empty worlds.
    expect(all.reduce((sum, { admitted }) => sum + admitted, 0)).toBeGreaterThan(10 * SEEDS);
  });

  it("run again bit for bit", async () => {
    const hashes = async (workers: number) =>
      (await runSeeds({ from: 40, count: 40, workers })).map(({ hash }) => hash);
    const first = await hashes(2);
    expect(new Set(first).size).toBe(40);
    expect(await hashes(1)).toEqual(first);
  });
});

describe("a mistake in the code", () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    "is caught: %s",
    async (_, { name, rule, seed }) => {
      // The world that showed it when it was written, and where the code has changed since, any other.
      const tries = [
        { from: seed, count: 1 },
        { from: 0, count: WITHIN },
      ];
      for (const part of tries) {
        const all = await runSeeds({ ...part, workers: WORKERS, mutation: name, stopsAtWrong: true });
        if (all.some(({ wrongs }) => wrongs.some((wrong) => wrong.rule === rule))) return;
      }
      expect.fail(`no world of ${WITHIN} has seen it`);
    },
  );
});
