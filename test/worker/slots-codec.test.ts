/** In workerd, where the codec runs: Node 24 has no `Uint8Array.fromBase64`. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSlots, encodeSlots } from "../../src/config/slots-codec.ts";
import { newTable, rebalance } from "../../src/policy/slot-table.ts";

describe("slot tables as text", () => {
  it("come back as they were, whatever their pools, origins and history", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 3, maxLength: 3 });
    const table = fc.tuple(weights, weights).map(([first, second]) => ({
      origins: ["hk", "sg", "fra"],
      slots: rebalance(newTable(first), second),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, table, { maxKeys: 4, noNullPrototype: true }), (slots) => {
        expect(decodeSlots(encodeSlots(slots))).toEqual(slots);
      }),
      { numRuns: 30 },
    );
  });

  it("hold 200 origins and slots that nobody owns", () => {
    const origins = Array.from({ length: 200 }, (_, index) => `region-${index}`);
    const slots = newTable(origins.map(() => 1)).fill(255, 0, 10);
    expect(decodeSlots(encodeSlots({ wallet: { origins, slots } }))).toEqual({ wallet: { origins, slots } });
  });

  it("keep a pool called __proto__ or constructor as a pool like others", () => {
    const slots = Object.fromEntries(
      ["__proto__", "constructor"].map((pool) => [pool, { origins: ["hk"], slots: newTable([1]) }]),
    );
    expect(Object.keys(decodeSlots(encodeSlots(slots)))).toEqual(["__proto__", "constructor"]);
  });

  it("take about 5.5 KiB a pool, so that a snapshot stays small", () => {
    const text = encodeSlots({ wallet: { origins: ["hk", "sg", "fra"], slots: newTable([50, 30, 20]) } });
    expect(text.length).toBeLessThan(5600);
  });

  it.each([
    ["no text", ""],
    ["no JSON", "slots"],
    ["another value", "null"],
    ["an object", "{}"],
    ["rows that are none", "[1]"],
    ["a row without a table", '[["wallet", ["hk"]]]'],
    ["a table that is no base64", '[["wallet", ["hk"], "!!!!"]]'],
    ["a table that was cut off", '[["wallet", ["hk"], "AAAA"]]'],
    ["an empty table", '[["wallet", ["hk"], ""]]'],
  ])("are refused when they are %s", (_, text) => {
    expect(() => decodeSlots(text)).toThrow();
  });
});
