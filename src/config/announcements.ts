/** Announcements: short messages that operators put before users for a time, by command, in every edge's snapshot. */

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

/** Those that users may be shown now, the oldest first. */
export function announcementsAt(announcements: readonly Announcement[], nowMs: number): Announcement[] {
  return announcements.filter(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs);
}

function refused(reason: string): AnnouncementOutcome {
  return { kind: "refused", reason };
}
