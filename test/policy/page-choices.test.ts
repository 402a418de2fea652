// Small choices that pages rest on: contrast, app versions, which of an operator's words a reader gets.
import { describe, expect, it } from "vitest";
import { siteFor } from "../../src/pages/site.ts";
import { isOlder } from "../../src/policy/app-version.ts";
import { contrast } from "../../src/policy/contrast.ts";
import { pageConfig } from "../support/page-config.ts";

describe("contrast", () => {
  it.each([
    ["#000000", "#ffffff", 21],
    ["#ffffff", "#ffffff", 1],
    ["#777777", "#ffffff", 4.48],
    ["#0b6e5f", "#ffffff", 6.16],
  ])("of %s and %s is %d", (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 1);
    expect(contrast(other, one)).toBe(contrast(one, other));
  });
});

describe("an app", () => {
  it.each([
    ["3.1.9", "3.2.0", true],
    ["3.2", "3.2.0", false],
    ["3.10.0", "3.9.0", false],
    ["v3.1.0-beta", "3.2", true],
    ["2", "10", true],
    ["", "3.2.0", false],
    ["<script>", "3.2.0", false],
  ])("of version %j is older than %s: %s", (version, least, older) => {
    expect(isOlder(version, least)).toBe(older);
  });
});

describe("an operator's words", () => {
  const page = pageConfig({
    min_app_version: "3.2.0",
    app_version_header: "X-App",
    texts: { waiting: { en: "Waiting.", "zh-CN": "等待。" } },
    announcements: [
      { start: "2026-12-01T00:00:00Z", end: "2026-12-02T00:00:00Z", text: { fr: "Un." } },
      { start: "2026-12-01T12:00:00Z", end: "2026-12-03T00:00:00Z", text: { en: "Two." } },
    ],
  });
  const site = (at: string, wanted: string[], kind: "waiting" | "limited" = "waiting") =>
    siteFor(page, { kind, wanted, appVersion: "3.1", nowMs: Date.parse(at) });

  it("are those of this page, in the first of the reader's languages that they have, else the first written", () => {
    const at = "2026-11-01T00:00:00Z";
    expect(site(at, ["zh", "en"]).text).toEqual({ language: "zh-CN", text: "等待。" });
    expect(site(at, ["en-GB"]).text).toEqual({ language: "en", text: "Waiting." });
    expect(site(at, ["ja"]).text).toEqual({ language: "en", text: "Waiting." });
    expect(site(at, ["en"], "limited").text).toBeUndefined();
  });

  it("are announced from their start until their end, one at a time", () => {
    const announced = (at: string) => site(at, ["en"]).announcements.map(({ text }) => text);
    expect(announced("2026-11-30T23:59:59Z")).toEqual([]);
    expect(announced("2026-12-01T12:00:00Z")).toEqual(["Un."]);
    expect(announced("2026-12-02T00:00:00Z")).toEqual(["Two."]);
    expect(announced("2026-12-03T00:00:00Z")).toEqual([]);
  });

  it("ask for an update where the app is older than it may be", () => {
    expect(site("2026-11-01T00:00:00Z", []).isOldApp).toBe(true);
  });
});
