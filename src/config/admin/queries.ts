/** Decides what the addresses of reads may ask for. */
import * as v from "valibot";
import { SERIES_WINDOWS } from "../series.ts";

/** Of a page of the history or the audit. */
export const MAX_PAGE = 1000;

const count = (most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number), v.minValue(0), v.maxValue(most));
const Limit = v.pipe(count(MAX_PAGE), v.minValue(1));

export const HistoryQuery = v.strictObject({
  limit: v.pipe(v.optional(Limit, "500"), v.description("So many of the newest versions at most.")),
});

export const DiffQuery = v.strictObject({
  from: v.pipe(count(Number.MAX_SAFE_INTEGER), v.description("A version.")),
  to: v.pipe(count(Number.MAX_SAFE_INTEGER), v.description("A version.")),
});

export const AuditQuery = v.strictObject({
  after: v.pipe(
    v.optional(count(Number.MAX_SAFE_INTEGER)),
    v.description("Records after this number, oldest first; left out: the newest."),
  ),
  limit: v.optional(Limit, "100"),
});

export const SeriesQuery = v.strictObject({
  window: v.pipe(
    v.optional(v.picklist(SERIES_WINDOWS), "hour"),
    v.description("The last hour in steps of ten seconds, or the last day in steps of five minutes."),
  ),
  since: v.pipe(
    v.optional(count(Number.MAX_SAFE_INTEGER), "0"),
    v.description("Epoch milliseconds: only the step that was open then, and later ones."),
  ),
});
