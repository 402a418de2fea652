// A frame of the operator's own around what pages say.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SAMPLE_SITE, SAMPLES } from "../../scripts/preview/samples.ts";
import { templateMistake } from "../../src/config/page-slots.ts";
import { LANGUAGES, NONCE, reader } from "../support/pages.ts";
import { TEMPLATE } from "../support/template.ts";

describe("a template", () => {
  it("is good with its slots", () => {
    expect(templateMistake(TEMPLATE)).toBeUndefined();
  });

  it.each(SAMPLES)(
    "frames the page $name, in every language, and changes nothing of what it says",
    ({ render, again }) => {
      for (const language of LANGUAGES) {
        const site = { ...SAMPLE_SITE, logo: undefined };
        const own = render(reader({ language, again, site }), 1_795_600_000_000);
        const framed = render(
          reader({ language, again, site: { ...site, template: TEMPLATE } }),
          1_795_600_000_000,
        );
        const main = (html: string) => /<main>(.*?)<\/main>/s.exec(html)?.[1]?.replace(/<script.*/s, "");
        expect(main(framed.html)).toBe(main(own.html));
        expect({ ...framed, html: "" }).toEqual({ ...own, html: "" });
        expect(framed.html).toContain(`<style nonce="${NONCE}">header`);
        expect(framed.html).not.toMatch(/\{\{\w+\}\}/);
        expect(gzipSync(framed.html).length).toBeLessThan(14_000);
      }
    },
  );

  it("takes nothing in a value for a slot, or for a pattern", () => {
    const brand = "{{content}}$&$1<b>";
    const page = SAMPLES.find(({ name }) => name === "left");
    const html = page?.render(reader({ site: { ...SAMPLE_SITE, brand, template: TEMPLATE } }), 0).html;
    expect(html).toContain('<p class="brand">{{content}}$&amp;$1&lt;b&gt;</p>');
  });
});
