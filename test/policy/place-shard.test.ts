/** Which object has a user's places: always the same, and all objects alike. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { PLACE_SHARDS, placeShardOf } from "../../src/policy/place-shard.ts";

const owner = (number: number) =>
  createHash("sha256").update(`user ${number}`).digest().subarray(0, 12).toString("base64url");

describe("the shard of a user's places", () => {
  it("is never another one: the objects' records would be lost", () => {
    const known = ["", "a", "-_-_-_-_-_-_-_-_", owner(1), owner(2), owner(3)].map(placeShardOf);
    expect(known).toEqual([9, 0, 14, 15, 6, 11]);
    expect(PLACE_SHARDS).toBe(16);
  });

  it("is each of them alike: no object has a tenth more than its part of 160,000 users", () => {
    const counts = new Array<number>(PLACE_SHARDS).fill(0);
    for (let number = 0; number < 160_000; number += 1) {
      const shard = placeShardOf(owner(number));
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(1000);
  });
});
