/** Announcements: short messages that operators put before users for a time, by command, in every edge's snapshot. */
import type { EpochMilliseconds, Page } from "./load.ts";

export interface Announcement {
  readonly id: number;
  /** Language tag to text. */
  readonly text: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

export type AnnouncementEdit =
  | {
      readonly kind: "announce";
      readonly text: Readonly<Record<string, string>>;
      readonly startMs: number;
      readonly endMs: number;
    }
  | { readonly kind: "announce-cancel"; readonly id: number };

export type AnnouncementOutcome =
  | { readonly kind: "ok"; readonly announcements: readonly Announcement[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Every edge carries all of them, and nobody reads more. */
export const MAX_ANNOUNCEMENTS = 20;

export function isAnnouncementEdit(edit: { readonly kind: string }): edit is AnnouncementEdit {
  return edit.kind === "announce" || edit.kind === "announce-cancel";
}

/** @param highestId of all that ever were: a number is never given twice */
export function editAnnouncements(
  current: readonly Announcement[],
  edit: AnnouncementEdit,
  nowMs: number,
  highestId: number,
): AnnouncementOutcome {
  const left = current.filter(({ endMs }) => endMs > nowMs);
  if (edit.kind === "announce-cancel") {
    if (left.every(({ id }) => id !== edit.id))
      return refused(`there is no announcement ${edit.id}; tidegate announce list shows them`);
    return { kind: "ok", announcements: left.filter(({ id }) => id !== edit.id) };
  }
  const { text, startMs, endMs } = edit;
  if (!(endMs > startMs)) return refused("the end is not after the start");
  if (endMs <= nowMs) return refused("the announcement is in the past");
  if (left.length >= MAX_ANNOUNCEMENTS)
    return refused(`there are ${MAX_ANNOUNCEMENTS} announcements already; cancel some`);
  const id = Math.max(highestId, ...current.map((one) => one.id)) + 1;
  return { kind: "ok", announcements: [...left, { id, text, startMs, endMs }] };
}

/** What pages have to say: announcements by command before those of the file, the last one first. Pages look at times. */
export function withAnnouncements(page: Page, announcements: readonly Announcement[]): Page {
  if (announcements.length === 0) return page;
  const live = announcements
    .map(({ text, startMs, endMs }) => ({
      text,
      start: startMs as EpochMilliseconds,
      end: endMs as EpochMilliseconds,
    }))
    .reverse();
  return { ...page, announcements: [...live, ...page.announcements] };
}

function refused(reason: string): AnnouncementOutcome {
  return { kind: "refused", reason };
}
