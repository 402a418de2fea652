import { describe, expect, it } from "vitest";
import { diffData } from "../../src/config/diff.ts";
import { announcementsView, overridesView } from "../../src/config/live-view.ts";

const START_MS = Date.parse("2026-12-01T02:00:00.123+08:00");
const END_MS = Date.parse("2026-12-01T04:00:00+08:00");

describe("what operators have said by command, in a difference", () => {
  it("tells of a window whose it is, from when until when, and how long it drains", () => {
    const window = {
      id: 3,
      kind: "maintenance" as const,
      pool: "wallet",
      origin: "hk",
      startMs: START_MS,
      endMs: END_MS,
      drainMs: 600_000,
    };
    expect(diffData({ overrides: overridesView([]) }, { overrides: overridesView([window]) })).toEqual([
      { path: "overrides.maintenance 3 of wallet/hk.from", after: "2026-11-30T18:00:00Z" },
      { path: "overrides.maintenance 3 of wallet/hk.until", after: "2026-11-30T20:00:00Z" },
      { path: "overrides.maintenance 3 of wallet/hk.drain", after: "10m" },
    ]);
  });

  it("tells of a drain without an end that somebody takes it back, and of a pool that it is whole", () => {
    const drain = { id: 1, kind: "drain" as const, pool: "wallet", startMs: START_MS, drainMs: 0 };
    expect(overridesView([drain])).toEqual({
      "drain 1 of wallet": { from: "2026-11-30T18:00:00Z", until: "taken back" },
    });
  });

  it("tells of an announcement its words and its time", () => {
    const one = { id: 2, text: { en: "Slow today" }, startMs: START_MS, endMs: END_MS };
    expect(announcementsView([one])).toEqual({
      "2": { text: { en: "Slow today" }, from: "2026-11-30T18:00:00Z", until: "2026-11-30T20:00:00Z" },
    });
  });
});
