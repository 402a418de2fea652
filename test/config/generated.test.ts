/** That the generated files follow from the schema and the codes as they are now. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CODES } from "../../src/config/codes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

describe("generated files", () => {
  it("are up to date", () => {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/generate.ts", "--check"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  it("explain every code", () => {
    const page = readFileSync(`${root}docs/errors.md`, "utf8");
    for (const code of Object.keys(CODES)) expect(page).toContain(`<a id="${code.toLowerCase()}"></a>`);
  });

  it("describe every key for editors", () => {
    const schema: unknown = JSON.parse(readFileSync(`${root}tidegate.schema.json`, "utf8"));
    expect(undescribed(schema, "")).toEqual([]);
  });
});

describe("the table of mistakes", () => {
  it("has each code at least once", () => {
    const folder = `${root}test/config/`;
    const files = readdirSync(folder).filter((file) => file.startsWith("mistakes-"));
    const text = files.map((file) => readFileSync(folder + file, "utf8")).join("\n");
    const ofFiles = Object.keys(CODES).filter((code) => code.startsWith("TG1"));
    expect(ofFiles.filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  });
});

function undescribed(node: unknown, path: string): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { properties = {}, items } = node as {
    properties?: Record<string, { description?: string }>;
    items?: unknown;
  };
  const own = Object.entries(properties).flatMap(([key, value]) => [
    ...(value.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(value, `${path}.${key}`),
  ]);
  return [...own, ...undescribed(items, `${path}[]`)];
}
