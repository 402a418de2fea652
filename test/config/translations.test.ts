// Pages in Chinese say what the English ones say: the same sections in the same order, the same commands, links that lead somewhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/root.ts";

/** README, runbooks and the deploy guide; the list is checked against the folder below. */
const PAGES = [
  "README.md",
  "docs/deploy.md",
  "docs/runbooks/errors.md",
  "docs/runbooks/maintenance.md",
  "docs/runbooks/rooms.md",
];
const chineseOf = (page: string) => page.replace(/\.md$/, ".zh-CN.md");
const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

const BLOCK = /^ *```[\s\S]*?^ *```$/gm;
const blocksOf = (text: string) => text.match(BLOCK) ?? [];
/** Without what stands in blocks: there, a line may begin like a heading. */
const proseOf = (text: string) => text.replaceAll(BLOCK, "");
const headingsOf = (text: string) => proseOf(text).match(/^#+ .+$/gm) ?? [];
const levelsOf = (text: string) => headingsOf(text).map((heading) => heading.indexOf(" "));
/** Rows of each table. */
const tablesOf = (text: string) =>
  (proseOf(text).match(/(?:^\|.*\n)+/gm) ?? []).map((table) => table.trimEnd().split("\n").length);
const stepsOf = (text: string) => (proseOf(text).match(/^\d+\. /gm) ?? []).length;
/** As GitHub makes them: lower case, punctuation out, blanks to hyphens. */
const anchorOf = (heading: string) =>
  heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

describe.each(PAGES)("%s in Chinese", (page) => {
  const [english, chinese] = [read(page), read(chineseOf(page))];

  it("has the same sections, tables and steps", () => {
    expect(levelsOf(chinese)).toEqual(levelsOf(english));
    expect(levelsOf(english).length).toBeGreaterThan(3);
    expect(tablesOf(chinese)).toEqual(tablesOf(english));
    expect(stepsOf(chinese)).toBe(stepsOf(english));
  });

  it("has the same commands and outputs, to the letter", () => {
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
  });

  it("is written in Chinese, and each points to the other", () => {
    const letters = proseOf(chinese).match(/\p{Script=Han}/gu) ?? [];
    expect(letters.length).toBeGreaterThan(400);
    for (const heading of headingsOf(chinese).slice(1))
      expect(heading, heading).toMatch(/\p{Script=Han}|Cloudflare/u);
    const name = (path: string) => path.split("/").at(-1);
    expect(english).toContain(`](${name(chineseOf(page))})`);
    expect(chinese).toContain(`](${name(page)})`);
  });

  it.each([page, chineseOf(page)])("has no link that leads nowhere: %s", (one) => {
    const text = read(one);
    for (const [, target = ""] of proseOf(text).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? one : relative(ROOT, join(ROOT, dirname(one), path));
      expect(existsSync(join(ROOT, file)), `${target} in ${one}`).toBe(true);
      if (anchor !== undefined && file.endsWith(".md"))
        expect(headingsOf(read(file)).map(anchorOf), `${target} in ${one}`).toContain(
          decodeURIComponent(anchor),
        );
    }
  });
});
