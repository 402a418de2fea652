// docs/faults.md has the cells of the fault matrix, and what they must see is what the tests check.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALL_CELLS } from "../support/fault-cells.ts";
import { rowStart } from "../support/fault-page.ts";
import { deviations, EXCHANGES, idOf, REACHES } from "../support/fault-table.ts";

const page = readFileSync("docs/faults.md", "utf8");

describe("the fault matrix", () => {
  it("tries every fault on every exchange, near and far", () => {
    const faults = new Set(ALL_CELLS.map(({ fault }) => fault));
    expect(faults.size).toBe(16 + 5 * 4 + 3 + 1);
    const ids = new Set(ALL_CELLS.map(idOf));
    expect(ids.size).toBe(faults.size * EXCHANGES.length * REACHES.length);
    expect(ALL_CELLS).toHaveLength(ids.size);
  });

  it("is written into docs/faults.md as it is (npm run faults)", () => {
    const rows = page.split("\n").filter((line) => /^\| .* \| (?:one|all) \| /.test(line));
    expect(rows.map((row) => row.split(" | ").slice(0, 5).join(" | "))).toEqual(
      ALL_CELLS.map((cell) => rowStart(cell).replace(/ \|$/, "")),
    );
  });

  it("says of no cell that it was not as it must be", () => {
    expect(page).not.toMatch(/\*\*(?:not so|did not run)\*\*/);
    expect(page).toContain(`${ALL_CELLS.length} of ${ALL_CELLS.length} cells were as they must be`);
  });

  it("accepts no answer that a cell does not name, and no other count", () => {
    const [cell] = ALL_CELLS;
    if (cell === undefined) throw new Error("no cells");
    expect(deviations(cell, [])).not.toEqual([]);
    expect(deviations(cell, [{ who: "users", answers: { 200: 8, 500: 1 }, counted: 9 }])).toEqual([
      "users 200: 8, not 9",
      "users 500: 1, not 0",
    ]);
    expect(deviations(cell, [{ who: "users", answers: { 200: 9 }, counted: 99 }])).toHaveLength(1);
  });
});
