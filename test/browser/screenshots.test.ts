// The pictures of docs/pages.md: each page as it looks on a phone. `TIDEGATE_SCREENSHOTS=1` writes them anew.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inProject } from "../../scripts/lib/paths.ts";
import { SAMPLE_SITE, SAMPLES } from "../../scripts/preview/samples.ts";
import type { Language } from "../../src/pages/languages.ts";
import { reader } from "../support/pages.ts";
import { useSetting } from "./setting.ts";

const setting = useSetting();
const FOLDER = inProject("docs/images");

/** Page, language, scheme. */
const PICTURES: readonly (readonly [string, Language, "light" | "dark"])[] = [
  ["waiting", "zh-CN", "light"],
  ["waiting", "ar", "dark"],
  ["waiting-submit", "en", "light"],
  ["limited", "zh-CN", "light"],
  ["maintenance", "zh-CN", "dark"],
  ["busy-link", "ja", "light"],
  ["unreachable-link", "ko", "light"],
  ["timeout-link", "es", "light"],
  ["error-link", "en", "light"],
  ["outcome-unknown-submit", "zh-CN", "light"],
  ["left", "fr", "light"],
  ["status", "zh-TW", "light"],
];
const fileOf = ([name, language, scheme]: (typeof PICTURES)[number]) =>
  `page-${name}-${language}-${scheme}.png`;

describe("the pictures of the pages", () => {
  it("can be taken of each kind of page, on a phone", async () => {
    for (const picture of PICTURES) {
      const [name, language, colorScheme] = picture;
      const sample = SAMPLES.find((other) => other.name === name);
      if (sample === undefined) throw new Error(`no page ${name}`);
      const page = await setting.open("/", {
        colorScheme,
        locale: language,
        viewport: { width: 390, height: 720 },
      });
      const { again, render } = sample;
      setting.room.html = render(reader({ language, again, site: SAMPLE_SITE }), Date.now()).html;
      await page.goto(`${setting.room.origin}/html`);
      const image = await page.screenshot();
      expect(image.length).toBeGreaterThan(5_000);
      if (process.env.TIDEGATE_SCREENSHOTS !== undefined) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(`${FOLDER}/${fileOf(picture)}`, image);
      }
      await page.context().close();
    }
  });

  it("are all there, and shown in docs/pages.md", () => {
    expect(
      readdirSync(FOLDER)
        .filter((name) => name.startsWith("page-"))
        .sort(),
    ).toEqual(PICTURES.map(fileOf).sort());
    const text = readFileSync(inProject("docs/pages.md"), "utf8");
    for (const picture of PICTURES) expect(text).toContain(`images/${fileOf(picture)}`);
  });
});
