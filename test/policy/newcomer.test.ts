import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideNewcomer, type NewcomerSigns } from "../../src/policy/newcomer.ts";

const OPEN: NewcomerSigns = {
  isHeld: false,
  isInTrouble: false,
  lane: "open",
  slots: 1,
  isDown: false,
  mustWait: false,
};
const decide = (signs: Partial<NewcomerSigns>) => decideNewcomer({ ...OPEN, ...signs }).kind;

describe("a newcomer", () => {
  it.each<[string, Partial<NewcomerSigns>, string]>([
    ["comes in with a slot that the edge holds", {}, "slot"],
    ["comes in with it while the room is full otherwise", { lane: "full" }, "slot"],
    ["comes in with it while the Room is away", { isDown: true }, "slot"],
    ["has the Room asked when there is none", { slots: 0 }, "ask"],
    ["waits while another asks", { slots: 0, mustWait: true }, "wait"],
    ["has the Room asked when nothing is known", { slots: 0, lane: "unknown" }, "ask"],
    ["queues when the room is full", { slots: 0, lane: "full" }, "ticket"],
    ["queues behind those who wait, whatever the edge holds", { lane: "busy" }, "ticket"],
    ["queues while the room is held", { isHeld: true }, "ticket"],
    ["queues while the pool is in trouble", { isInTrouble: true }, "ticket"],
    ["goes by on_error when nobody can be asked", { slots: 0, isDown: true }, "down"],
    ["goes by on_error then, also where people wait", { slots: 0, lane: "busy", isDown: true }, "down"],
  ])("%s", (_, signs, kind) => {
    expect(decide(signs)).toBe(kind);
  });

  it("never comes in without a slot", () => {
    const signs = fc.record({
      isHeld: fc.boolean(),
      isInTrouble: fc.boolean(),
      lane: fc.constantFrom<NewcomerSigns["lane"]>("unknown", "open", "full", "busy"),
      slots: fc.constant(0),
      isDown: fc.boolean(),
      mustWait: fc.boolean(),
    });
    fc.assert(fc.property(signs, (given) => decideNewcomer(given).kind !== "slot"));
  });
});
