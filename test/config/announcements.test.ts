import { describe, expect, it } from "vitest";
import {
  type Announcement,
  announcementsAt,
  editAnnouncements,
  MAX_ANNOUNCEMENTS,
} from "../../src/config/announcements.ts";

const NOW_MS = 1_000_000;
const announce = (startMs: number, endMs: number) => ({
  kind: "announce" as const,
  text: { en: "Slow" },
  startMs,
  endMs,
});

function editedTo(
  current: readonly Announcement[],
  edit: Parameters<typeof editAnnouncements>[1],
  highest = 0,
) {
  const outcome = editAnnouncements(current, edit, NOW_MS, highest);
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return outcome.announcements;
}

describe("an announcement", () => {
  it("is shown from its start until its end", () => {
    const [one] = editedTo([], announce(NOW_MS, NOW_MS + 10));
    const all = one === undefined ? [] : [one];
    expect(
      [NOW_MS - 1, NOW_MS, NOW_MS + 9, NOW_MS + 10].map((atMs) => announcementsAt(all, atMs).length),
    ).toEqual([0, 1, 1, 0]);
  });

  it("gets a number that none before it had, also when those are gone", () => {
    expect(editedTo([], announce(0, NOW_MS + 1), 7)[0]?.id).toBe(8);
  });

  it("that is over leaves with the next edit", () => {
    const old: Announcement = { id: 1, text: { en: "old" }, startMs: 0, endMs: NOW_MS };
    expect(editedTo([old], announce(NOW_MS, NOW_MS + 1)).map(({ id }) => id)).toEqual([2]);
  });

  it("is cancelled by its number, once", () => {
    const all = editedTo([], announce(NOW_MS, NOW_MS + 10));
    expect(editedTo(all, { kind: "announce-cancel", id: 1 })).toEqual([]);
    expect(editAnnouncements([], { kind: "announce-cancel", id: 1 }, NOW_MS, 1).kind).toBe("refused");
  });

  it.each([
    ["an end before its start", announce(NOW_MS + 5, NOW_MS + 5)],
    ["an end in the past", announce(0, NOW_MS)],
  ])("is refused with %s", (_, edit) => {
    expect(editAnnouncements([], edit, NOW_MS, 0).kind).toBe("refused");
  });

  it("is refused when there are too many", () => {
    const all = Array.from({ length: MAX_ANNOUNCEMENTS }, (_, index) => ({
      id: index + 1,
      text: { en: "x" },
      startMs: 0,
      endMs: NOW_MS + 1,
    }));
    expect(editAnnouncements(all, announce(0, NOW_MS + 1), NOW_MS, 0).kind).toBe("refused");
  });
});
