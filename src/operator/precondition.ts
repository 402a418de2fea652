/** What a write must bring: what it is based on, and why it is done. */
import type { Context } from "hono";
import type { BasedOn } from "../config/operator-api.ts";

/** Of `If-Match`: `"12"`, the configuration's version, or `"12.5"`, the tag of a status. Undefined for anything else. */
export function basedOnOf(ifMatch: string | undefined): BasedOn | undefined {
  const [, version, revision] = /^"(\d{1,20})(?:\.(\d{1,15}))?"$/.exec(ifMatch ?? "") ?? [];
  if (version === undefined) return undefined;
  return { version: Number(version), revision: revision === undefined ? undefined : Number(revision) };
}

export function reasonMissing(c: Context): Response {
  return c.json({ error: "a reason is needed: say why in `reason`, for the audit" }, 422);
}
