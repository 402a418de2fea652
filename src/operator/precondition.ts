/** What a write must bring: what it is based on, and why it is done. */
import type { Context } from "hono";
import type { BasedOn } from "../config/operator-api.ts";

/** Of `If-Match`: `"12"`, the configuration's version, or `"12.5"`, the tag of a status. Undefined for anything else. */
export function basedOnOf(ifMatch: string | undefined): BasedOn | undefined {
  const [, version, revision] = /^"(\d{1,20})(?:\.(\d{1,15}))?"$/.exec(ifMatch ?? "") ?? [];
  if (version === undefined) return undefined;
  return { version: Number(version), revision: revision === undefined ? undefined : Number(revision) };
}

/**
 * For writes that change nothing that others look at: what they are based on may be left out. Refused where it is there and
 * is not understood, since whoever sent it relies on it.
 */
export function mayBasedOn(
  c: Context,
):
  | { readonly kind: "ok"; readonly basedOn: BasedOn | undefined }
  | { readonly kind: "refused"; readonly answer: Response } {
  const ifMatch = c.req.header("if-match");
  const basedOn = basedOnOf(ifMatch);
  if (ifMatch === undefined || basedOn !== undefined) return { kind: "ok", basedOn };
  return { kind: "refused", answer: c.json({ error: 'If-Match is a version, such as "12" or "12.5"' }, 400) };
}

/** The status of an answer that says whether it was done. */
export function statusOf({ kind }: { readonly kind: string }): 200 | 409 | 412 {
  if (kind === "conflict") return 412;
  return kind === "refused" ? 409 : 200;
}

export function reasonMissing(c: Context): Response {
  return c.json({ error: "a reason is needed: say why in `reason`, for the audit" }, 422);
}
