/** That no text makes loading slow or throw, or a message dangerous to read. */
import { describe, expect, it } from "vitest";
import { formatProblem } from "../../src/config/load.ts";
import { file, problemsOf } from "./support.ts";

const codes = (text: string) => problemsOf(text).map((problem) => problem.code);

describe("a hostile text", () => {
  it.each([
    ["lists in lists", `a = ${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["tables in tables", `a = ${"{a=".repeat(20_000)}1${"}".repeat(20_000)}`],
    ["a key of many parts", `${"a.".repeat(100_000)}a = 1`],
    ["a header of many parts", `[${"a.".repeat(100_000)}a]`],
    ["an open list of lists", `a = ${"[".repeat(300_000)}`],
  ])("of %s is refused, quickly and without throwing", (_, text) => {
    const start = performance.now();
    expect(problemsOf(text)[0]?.code).toBe("TG1001");
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  it("of many tables is read in time that grows with its size", () => {
    const route = (index: number) => `[[routes]]\npath = "/p${index}"\npool = "wallet"\n`;
    const routes = Array.from({ length: 10_000 }, (_, index) => route(index)).join("");
    expect(codes(file({ end: routes }))).toEqual(["TG1104"]);
  });
});

describe("a problem as one line", () => {
  it("has place, code, key, what was expected and found", () => {
    const [problem] = problemsOf(file({ more: "weight = -5" }));
    expect(problem && formatProblem(problem)).toBe(
      "tidegate.toml:6:10: TG1202 pools[0].origins[0].weight: expected a whole number from 0 to 1,000,000, found -5",
    );
    expect(problem?.message).toBe(
      "Number out of range: expected a whole number from 0 to 1,000,000, found -5",
    );
  });

  it("cannot move the cursor or turn the text", () => {
    const [problem] = problemsOf(file({ pool: 'policy = "\\u001b[2Ja\\u202eb\\u009b"' }));
    expect(problem?.found).toBe('"\\u001b[2Ja\\u202eb\\u009b"');
  });

  it("shows at most about 60 characters", () => {
    const [problem] = problemsOf(file({ pool: `policy = "${"x".repeat(500)}"` }));
    expect(problem?.found).toHaveLength(60);
  });
});
