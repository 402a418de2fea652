import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affinityHash, identityKey } from "../../src/policy/identity-key.ts";

const SLOTS = 4096;
const USERS = 200_000;

/** Deterministic 32-bit noise, to build ids that look random and are the same in every run. */
function noise(seed: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
const hex = (value: number) => value.toString(16).padStart(8, "0");
const uuid = (n: number) => {
  const [a, b, c, d] = [noise(n), noise(n + USERS), noise(n + 2 * USERS), noise(n + 3 * USERS)].map(hex);
  return `${a}-${b?.slice(0, 4)}-4${b?.slice(5)}-a${c?.slice(1, 4)}-${c?.slice(4)}${d}`;
};

describe("the hash that places a user", () => {
  it.each<[string, (n: number) => string]>([
    ["numbers in sequence", (n) => `${n}`],
    ["user-N", (n) => `user-${n}`],
    ["telephone numbers in sequence", (n) => `+86138${(10_000_000 + n).toString()}`],
    ["UUIDs", uuid],
    ["addresses", (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`],
    ["keys that end alike", (n) => identityKey(["session", `${n}-wallet`])],
    ["names beyond ASCII", (n) => `用户${n}`],
  ])("spreads %s evenly over the slots, from its low bits and from its high ones", (_, idOf) => {
    const low = new Uint32Array(SLOTS);
    const high = new Uint32Array(SLOTS);
    for (let n = 0; n < USERS; n++) {
      const hash = affinityHash(idOf(n));
      low[hash % SLOTS] = (low[hash % SLOTS] ?? 0) + 1;
      high[hash >>> 20] = (high[hash >>> 20] ?? 0) + 1;
    }
    const expected = USERS / SLOTS;
    for (const counts of [low, high]) {
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 4,095 degrees of freedom: mean 4,095, standard deviation 90.5; five of them. (The input is fixed: no flakiness.)
      expect(Math.abs(chiSquare - (SLOTS - 1))).toBeLessThan(5 * Math.sqrt(2 * (SLOTS - 1)));
    }
  });

  it("changes each of its bits for half of all changes of one bit of the identity", () => {
    const trials = 4000;
    for (const position of [0, 3, 7]) {
      for (let bit = 0; bit < 4; bit++) {
        const flips = new Uint32Array(32);
        for (let n = 0; n < trials; n++) {
          const id = hex(noise(n));
          const code = id.charCodeAt(position) ^ (1 << bit);
          const other = id.slice(0, position) + String.fromCharCode(code) + id.slice(position + 1);
          const changed = affinityHash(id) ^ affinityHash(other);
          for (let out = 0; out < 32; out++) flips[out] = (flips[out] ?? 0) + ((changed >>> out) & 1);
        }
        // Half of the trials, within six standard deviations (√(4000 × ¼) ≈ 31.6).
        for (const count of flips) expect(Math.abs(count - trials / 2)).toBeLessThan(190);
      }
    }
  });

  it("never changes: users would move", () => {
    // Computed apart, in Python, from the definitions of FNV-1a and of murmur3's fmix32.
    expect(["", "a", "user-1", "用户"].map(affinityHash)).toEqual([
      0xab3e7c0b, 0x1a80b1b3, 0x778f8aec, 0x0a6b7783,
    ]);
  });

  it("is an unsigned 32-bit number for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (identity) => {
        const hash = affinityHash(identity);
        expect(hash).toBe(hash >>> 0);
      }),
    );
  });
});

describe("a key made of parts", () => {
  it.each([
    // Attack list row 13.
    [
      ["a:b", "c"],
      ["a", "b:c"],
    ],
    [
      ["a", ""],
      ["", "a"],
    ],
    [["ab"], ["a", "b"]],
    [[], [""]],
    [["1:a"], ["1", "a"]],
    [["a"], ["a", ""]],
    [["é"], ["e\u0301"]],
    [["a\0b"], ["a", "b"]],
  ])("%j and %j differ", (one, other) => expect(identityKey(one)).not.toBe(identityKey(other)));

  it("belongs to those parts alone", () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom(..."01:ab"), maxLength: 12 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(identityKey(one) === identityKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: 5000 },
    );
  });

  it("can be read back", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(partsOf(identityKey(parts))).toEqual(parts);
      }),
    );
  });
});

function partsOf(key: string): string[] {
  if (key === "") return [];
  const colon = key.indexOf(":");
  const end = colon + 1 + Number(key.slice(0, colon));
  return [key.slice(colon + 1, end), ...partsOf(key.slice(end))];
}
