/** What every write goes through: based on something, said in full, for a reason; what comes of it has a status of its own. */
import type { Context } from "hono";
import type * as v from "valibot";
import type { ChangeAnswer } from "../config/control-api.ts";
import type { BasedOn, WriteRequest } from "../config/operator-api.ts";
import type { Api } from "./guard.ts";
import { readJson } from "./json-body.ts";

const STATUS_OF: Readonly<Record<ChangeAnswer["kind"], number>> = {
  planned: 200,
  applied: 200,
  unchanged: 200,
  forbidden: 403,
  conflict: 412,
  "no-such-version": 404,
  invalid: 422,
  refused: 409,
};

/** What of a request is the same for every write. */
export type Who = Pick<WriteRequest, "basedOn" | "actor">;

/** @param carryOut what it answers is sent as it is, with the status of its kind */
export async function write<Schema extends v.GenericSchema<unknown, { reason: string; dryRun: boolean }>>(
  c: Context<Api>,
  schema: Schema,
  carryOut: (
    body: v.InferOutput<Schema>,
    who: Who,
  ) => Promise<{ readonly kind: ChangeAnswer["kind"] } | Response>,
): Promise<Response> {
  const basedOn = basedOnOf(c.req.header("if-match"));
  if (basedOn === undefined) {
    const error =
      'If-Match must name what the change is based on, such as "12" or "12.5" (the tag of the status)';
    return c.json({ error }, 428);
  }
  const body = await readJson(c, schema);
  if (body.kind === "refused") return body.answer;
  const { reason, dryRun } = body.value;
  if (!dryRun && reason.trim() === "")
    return c.json({ error: "a reason is needed: say why in `reason`, for the audit" }, 422);
  const answer = await carryOut(body.value, { basedOn, actor: c.get("actor") });
  return answer instanceof Response ? answer : send(answer, STATUS_OF[answer.kind]);
}

/** Answers whose types are too deep for Hono to look through. */
export function send(answer: unknown, status = 200): Response {
  return Response.json(answer, { status, headers: { "cache-control": "no-store" } });
}

/** Of `If-Match`: `"12"`, the configuration's version, or `"12.5"`, the tag of a status. Undefined for anything else. */
function basedOnOf(ifMatch: string | undefined): BasedOn | undefined {
  const [, version, revision] = /^"(\d{1,20})(?:\.(\d{1,15}))?"$/.exec(ifMatch ?? "") ?? [];
  if (version === undefined) return undefined;
  return { version: Number(version), revision: revision === undefined ? undefined : Number(revision) };
}
