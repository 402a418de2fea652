import { describe, expect, it } from "vitest";
import { type EdgeRoll, noteEdge } from "../../src/policy/edge-roll.ts";

const seen = (seenAtMs: number) => ({ version: 1, tag: "1.0", seenAtMs });

describe("the edges that Control knows", () => {
  it("are those of the last ten minutes, each with what it was given last", () => {
    const roll: EdgeRoll = new Map();
    noteEdge(roll, "a", seen(0));
    noteEdge(roll, "b", seen(1));
    noteEdge(roll, "a", { version: 2, tag: "2.0", seenAtMs: 500_000 });
    expect([...roll.keys()]).toEqual(["b", "a"]);
    noteEdge(roll, "c", seen(600_001));
    expect([...roll.keys()]).toEqual(["a", "c"]);
    expect(roll.get("a")?.version).toBe(2);
  });

  it("are bounded, as isolates come and go", () => {
    const roll: EdgeRoll = new Map();
    for (let index = 0; index < 8_000; index += 1) noteEdge(roll, `edge ${index}`, seen(index));
    expect(roll.size).toBe(5_000);
    expect(roll.has("edge 7999")).toBe(true);
  });
});
