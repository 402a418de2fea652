import { describe, expect, it } from "vitest";
import { paintFor } from "../../scripts/cli/paint.ts";
import { table } from "../../scripts/cli/table.ts";

const RED = "\u001B[31m";

describe("colours", () => {
  it.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
    ["on a terminal", true, {}, true],
    ["into a pipe or a file", false, {}, false],
    ["on a terminal with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["on a terminal with an empty NO_COLOR, which counts as none", true, { NO_COLOR: "" }, true],
    ["on a dumb terminal", true, { TERM: "dumb" }, false],
  ])("are written or not: %s", (_, isTTY, env, isWanted) => {
    expect(paintFor({ isTTY }, env)("red", "x").includes(RED)).toBe(isWanted);
  });

  it("leave a table's columns where they are", () => {
    const rows = [
      ["STATE", "WEIGHT"],
      ["ejected", "1"],
      ["healthy", "2"],
    ];
    const painted = table(rows, paintFor({ isTTY: true }, {}));
    expect(painted).toContain(RED);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    expect(painted.replace(/\u001B\[\d+m/g, "")).toBe(table(rows));
  });
});
