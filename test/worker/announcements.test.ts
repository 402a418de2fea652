import { describe, expect, it } from "vitest";
import { pageOf } from "./announcing.ts";

const NOW_MS = Date.now();
const HOUR_MS = 3_600_000;
const announcement = (
  text: Record<string, string>,
  startMs = NOW_MS - HOUR_MS,
  endMs = NOW_MS + HOUR_MS,
) => ({
  id: 1,
  text,
  startMs,
  endMs,
});

describe("an announcement on the edge's own pages", () => {
  it.each(["maintenance", "limited", "queued"] as const)(
    "stands there in the reader's language: %s",
    async (page) => {
      const html = await pageOf(page, "zh-CN,en;q=0.5", [
        announcement({ en: "Top-ups are slow", "zh-CN": "充值较慢" }),
      ]);
      expect(html).toContain('<p lang="zh-CN" dir="auto">充值较慢</p>');
      expect(html).not.toContain("Top-ups");
    },
  );

  it("stands there in the first language that was written when the reader's is not among them", async () => {
    const html = await pageOf("maintenance", "fr", [announcement({ en: "Slow", ja: "遅い" })]);
    expect(html).toContain('lang="en" dir="auto">Slow<');
  });

  it("is not there before its start and from its end on", async () => {
    const html = await pageOf("maintenance", "en", [
      announcement({ en: "Too early" }, NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS),
      announcement({ en: "Too late" }, NOW_MS - HOUR_MS, NOW_MS - 1),
    ]);
    expect(html).not.toMatch(/Too (early|late)/);
  });

  it("is text and never markup", async () => {
    const html = await pageOf("maintenance", "en", [announcement({ en: "<script>alert(1)</script>" })]);
    expect(html).not.toContain("<script>alert");
    expect(html).toContain("&lt;script&gt;");
  });
});
