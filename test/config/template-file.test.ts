/** The template of pages as a file of its own: the commands put its text in the place of its name. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { inProject } from "../../scripts/lib/paths.ts";
import { loadConfig } from "../../src/config/load.ts";
import { inlineTemplate, templateFileOf } from "../../src/config/template-file.ts";
import { run } from "../support/processes.ts";
import { TEMPLATE } from "../support/template.ts";

const EXAMPLE = readFileSync(inProject("test/config/design.toml"), "utf8");
const naming = (value: string) => `${EXAMPLE}\n[page]\ntemplate = ${value} # a frame\ncolor = "#ffff00"\n`;
const inline = (text: string, template = TEMPLATE) =>
  inlineTemplate(
    text,
    "tidegate.toml",
    (name) => `etc/${name}`,
    () => ({ kind: "ok", text: template }),
  );

describe("a template's file", () => {
  it.each(['"page.html"', "'page.html'", '"""page.html"""'])(
    "named as %s gives its text, and every line keeps its number",
    (value) => {
      const inlined = inline(naming(value));
      if (inlined.kind !== "ok") throw new Error(inlined.problem.message);
      const loaded = loadConfig(inlined.text, { file: "tidegate.toml", environment: "development" });
      expect(loaded.kind === "invalid" && loaded.problems.map(({ code, line }) => [code, line])).toEqual([
        ["TG2105", naming(value).split("\n").length - 1],
      ]);
      const good = loadConfig(inlined.text.replace("#ffff00", "#0b6e5f"), {
        file: "tidegate.toml",
        environment: "development",
      });
      expect(good.kind === "ok" && good.config.page.template).toBe(TEMPLATE);
    },
  );

  it("is found beside a line that cannot be read, and nowhere where the template is written out", () => {
    expect(templateFileOf(`brand = = 1\n${naming('"page.html"')}`)).toBe("page.html");
    expect(templateFileOf(naming(`'''${TEMPLATE}'''`))).toBeUndefined();
    expect(templateFileOf(EXAMPLE)).toBeUndefined();
  });

  it.each([
    ["without a slot", TEMPLATE.replace("{{content}}", ""), "the slot {{content}} once", [0, 0]],
    ["with a slot twice", `${TEMPLATE}\n{{footer}}`, "the slot {{footer}} once", [5, 1]],
    ["with a script", TEMPLATE.replace("<main>", "<script>1</script><main>"), "nothing that runs", [4, 67]],
    ["in other letters", TEMPLATE.replace("<main>", "<main>云"), "ASCII", [4, 73]],
    ["that is no HTML", "page.html", "<!doctype html>", [1, 1]],
  ] as const)("%s is refused with the file and the place in it", (_, template, expected, place) => {
    const inlined = inline(naming('"page.html"'), template);
    if (inlined.kind === "ok") throw new Error("it was taken");
    const { code, file, line, column, key, expected: told } = inlined.problem;
    expect([code, file, line, column, key]).toEqual(["TG2110", "etc/page.html", ...place, "page.template"]);
    expect(told).toContain(expected);
  });

  it("is read by nobody but a command, which the message says", () => {
    const loaded = loadConfig(naming('"page.html"'), { file: "tidegate.toml", environment: "development" });
    expect(loaded.kind === "invalid" && loaded.problems[0]?.expected).toContain("`tidegate apply`");
  });
});

describe("`tidegate check` of a file with a template's file", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-template-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "tidegate.toml");
  const check = (...more: string[]) =>
    run(process.execPath, ["scripts/tidegate.js", "check", file, "--env", "development", ...more]);

  it("tells every mistake of both, and writes what a Worker carries once there is none", async () => {
    writeFileSync(file, naming('"page.html"'));
    const missing = await check();
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringMatching(
        /tidegate\.toml:\d+:12: TG2112 page\.template: .*page\.html cannot be read: ENOENT/,
      ),
    ]);
    writeFileSync(join(folder, "page.html"), TEMPLATE.replace("{{content}}", ""));
    const { stderr } = await check();
    expect(stderr).toMatch(/page\.html: TG2110 page\.template: expected the slot \{\{content\}\} once/);
    expect(stderr).toContain("TG2105");
    expect(stderr).toContain("2 problems");

    writeFileSync(file, naming('"page.html"').replace("#ffff00", "#0b6e5f"));
    writeFileSync(join(folder, "page.html"), TEMPLATE);
    const module = join(folder, "out/tidegate.toml.js");
    expect((await check("--module", module)).code).toBe(0);
    const { default: text } = (await import(pathToFileURL(module).href)) as { default: string };
    const loaded = loadConfig(text, { file: "tidegate.toml", environment: "development" });
    expect(loaded.kind === "ok" && loaded.config.page.template).toBe(TEMPLATE);
  });

  it("is what wrangler builds from", () => {
    const wrangler = readFileSync(inProject("wrangler.toml"), "utf8");
    expect(wrangler).toContain('"../../tidegate.toml" = "./dist/tidegate.toml.js"');
    expect(wrangler.match(/check tidegate\.toml .*--module dist\/tidegate\.toml\.js"/g)).toHaveLength(2);
  });
});
