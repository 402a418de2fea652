/** The draw as anybody can work it out: published vectors, an own computation, and that all places are alike. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { commitmentOf, drawnArrivalMs, isSeed, newSeed } from "../../src/config/lottery.ts";

const START_MS = 1_796_090_400_000;
const PREQUEUE_MS = 1_800_000;
const SEED = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/** The same with other tools: node:crypto and one number instead of bytes. */
function workedOut(seedHex: string, ticketId: string, startMs: number, prequeueMs: number): number {
  const hex = createHash("sha256").update(Buffer.from(seedHex, "hex")).update(ticketId, "utf8").digest("hex");
  const drawn = BigInt(`0x${hex.slice(0, 12)}`);
  return startMs - prequeueMs + Number((drawn * BigInt(prequeueMs)) / 2n ** 48n);
}

const arrivals = (seed: string, ids: readonly string[]) =>
  Promise.all(ids.map((id) => drawnArrivalMs(seed, id, START_MS, PREQUEUE_MS)));
const ids = (count: number) => Array.from({ length: count }, (_, number) => `ticket-${number}`);

describe("the published vectors", () => {
  // Worked out with Python's hashlib.
  it.each([
    ["", 1_796_089_296_472],
    ["ticket-1", 1_796_089_374_147],
    ["ticket-2", 1_796_089_211_244],
    ["AAAAAAAAAAAAAAAAAAAAAA", 1_796_089_677_645],
    ["抽签", 1_796_089_499_811],
  ])("draw %s to %i", async (ticketId, atMs) => {
    expect(await drawnArrivalMs(SEED, ticketId, START_MS, PREQUEUE_MS)).toBe(atMs);
  });

  it("draw over a whole day, from another seed", async () => {
    const day = (id: string) => drawnArrivalMs("ff".repeat(32), id, 1_800_000_000_000, 86_400_000);
    expect([await day("ticket-1"), await day("ticket-2")]).toEqual([1_799_926_828_114, 1_799_963_999_480]);
  });

  it("commit to their seeds", async () => {
    expect(await commitmentOf(SEED)).toBe("630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd");
    expect(await commitmentOf("ff".repeat(32))).toBe(
      "af9613760f72635fbdb44a5a0a63c39f12af30f950a6ee5c971be188e89c4051",
    );
  });
});

describe("the draw", () => {
  it("is what node:crypto works out, for a thousand tickets of fresh seeds", async () => {
    for (let round = 0; round < 10; round += 1) {
      const seed = newSeed();
      const some = ids(100).map((id) => `${id}-${round}`);
      expect(await arrivals(seed, some)).toEqual(
        some.map((id) => workedOut(seed, id, START_MS, PREQUEUE_MS)),
      );
      expect(await commitmentOf(seed)).toBe(
        createHash("sha256").update(Buffer.from(seed, "hex")).digest("hex"),
      );
    }
  });

  it("makes all times alike: 20,000 tickets in 50 parts of the pre-queue", async () => {
    const counts = new Array<number>(50).fill(0);
    for (const atMs of await arrivals(SEED, ids(20_000))) {
      const part = Math.floor(((atMs - START_MS + PREQUEUE_MS) / PREQUEUE_MS) * 50);
      counts[part] = (counts[part] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
    // 49 degrees of freedom: 85.4 is passed by chance once in a thousand seeds; this seed is always the same.
    expect(chiSquare).toBeLessThan(85.4);
  });

  it("says nothing of another draw, nor of a ticket's name", async () => {
    const count = 5_000;
    const [one, other] = await Promise.all([
      arrivals(SEED, ids(count)),
      arrivals("ff".repeat(32), ids(count)),
    ]);
    const order = Array.from({ length: count }, (_, number) => number);
    // Of independent values 1 / sqrt(5,000) = 0.014 is usual.
    expect(Math.abs(correlation(one, other))).toBeLessThan(0.05);
    expect(Math.abs(correlation(one, order))).toBeLessThan(0.05);
  });
});

describe("a seed", () => {
  it("is 32 random bytes in small hexadecimal letters", () => {
    expect(isSeed(newSeed())).toBe(true);
    expect(newSeed()).not.toBe(newSeed());
    for (const text of ["", SEED.slice(2), `${SEED}00`, SEED.toUpperCase(), SEED.replace("0", "g")]) {
      expect(isSeed(text)).toBe(false);
    }
  });
});

function correlation(left: readonly number[], right: readonly number[]): number {
  const centred = [left, right].map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  });
  const [a = [], b = []] = centred;
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
