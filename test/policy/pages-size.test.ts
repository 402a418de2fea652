// Every page in every language fits into the first flight of a connection, with all that operators may add.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SAMPLE_SITE, SAMPLES } from "../../scripts/preview/samples.ts";
import { maintenancePage } from "../../src/pages/maintenance.tsx";
import type { Site } from "../../src/pages/reader.ts";
import { LANGUAGES, reader } from "../support/pages.ts";

/** Ten segments of 1,460 bytes (RFC 6928), less the answer's fields: what arrives without waiting for the reader. */
const MOST_BYTES = 14_000;

/** Letters that no compression knows: the worst that a configuration can hold. */
const noise = (length: number, from: number, to: number) => {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return String.fromCodePoint(from + (state % (to - from)));
  }).join("");
};
const said = (length: number) => ({ language: "zh-CN", text: noise(length, 0x4e00, 0x9fff) });
const FULL_SITE: Site = {
  ...SAMPLE_SITE,
  brand: noise(40, 0x4e00, 0x9fff),
  // Noise of 1,760 bytes, as well compressed as a PNG is.
  logo: `data:image/png;base64,${btoa(noise(1_760, 0, 255))}`,
  color: "#0b6e5f",
  colorDark: "#4fc3ad",
  isOldApp: true,
  supportText: said(200),
  announcements: [said(200)],
  text: said(200),
};

describe("the size of a page", () => {
  it.each(SAMPLES)("$name: at most 14 KB compressed in all languages", ({ render, again }) => {
    for (const site of [SAMPLE_SITE, FULL_SITE]) {
      for (const language of LANGUAGES) {
        const { html } = render(reader({ language, again, site }), 1_795_600_000_000);
        expect(gzipSync(html).length).toBeLessThanOrEqual(MOST_BYTES);
      }
    }
  });

  it("holds for the longest words of maintenance too", () => {
    const { html } = maintenancePage({
      reader: reader({ again: "submit", site: FULL_SITE }),
      message: said(1_000),
      works: said(300),
      endsAtMs: 1_795_600_000_000,
    });
    expect(gzipSync(html).length).toBeLessThanOrEqual(MOST_BYTES);
  });
});
