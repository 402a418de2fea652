// The import rule is checked by dependency-cruiser; this makes sure that the check looks at the code and can fail.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), "tidegate-imports-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Cruise {
  summary: { totalCruised: number; violations: { rule: { name: string } }[] };
}

function cruise(folder: string): Cruise {
  try {
    return JSON.parse(run(folder)) as Cruise;
  } catch (error) {
    // The command's exit code counts the violations; what it found is on its output all the same.
    return JSON.parse((error as { stdout: string }).stdout) as Cruise;
  }
}

function run(folder: string): string {
  const command = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
  const config = join(ROOT, ".dependency-cruiser.cjs");
  return execFileSync(process.execPath, [command, "src", "--config", config, "--output-type", "json"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** A small project with the given sources. */
function project(sources: Record<string, string>): string {
  const folder = mkdtempSync(join(scratch, "project-"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  symlinkSync(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
  writeFileSync(join(folder, "package.json"), '{"type":"module","dependencies":{"hono":"*"}}');
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const brokenRules = (sources: Record<string, string>) =>
  cruise(project(sources)).summary.violations.map(({ rule }) => rule.name);

describe("the import rule", () => {
  it("is kept by the whole of src", () => {
    const { summary } = cruise(ROOT);
    expect(summary.totalCruised).toBeGreaterThan(50);
    expect(summary.violations).toEqual([]);
  });

  it.each([
    ["a policy that imports a stage", "src/policy/a.ts", "../edge/b.ts", "src/edge/b.ts"],
    [
      "a policy that imports configuration, even only its types",
      "src/policy/a.ts",
      "../config/b.ts",
      "src/config/b.ts",
    ],
    ["configuration that imports an object", "src/config/a.ts", "../control/b.ts", "src/control/b.ts"],
    ["an object that imports a stage", "src/control/a.ts", "../edge/b.ts", "src/edge/b.ts"],
    ["a stage that imports an operator's page", "src/edge/a.ts", "../operator/b.ts", "src/operator/b.ts"],
    ["a Worker that imports a script", "src/edge/a.ts", "../../scripts/b.ts", "scripts/b.ts"],
  ])("refuses %s", (_, from, specifier, to) => {
    const sources = {
      [from]: `import type { B } from "${specifier}";\nexport type A = B;\n`,
      [to]: "export type B = 1;\n",
    };
    expect(brokenRules(sources).length).toBeGreaterThan(0);
  });

  it("refuses a policy that imports a package", () => {
    expect(
      brokenRules({ "src/policy/a.ts": 'import { Hono } from "hono";\nexport const a = new Hono();\n' }),
    ).not.toEqual([]);
  });

  it("refuses a circle", () => {
    const circle = {
      "src/edge/a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
      "src/edge/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a;\n',
    };
    expect(brokenRules(circle)).toContain("no-cycles");
  });
});
