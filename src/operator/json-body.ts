/** Reads a request's JSON body against a schema, or says what is wrong with it. */
import type { Context } from "hono";
import * as v from "valibot";

export type Body<Value> =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "refused"; readonly answer: Response };

export async function readJson<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
): Promise<Body<v.InferOutput<Schema>>> {
  // A form on a foreign page cannot send this type without asking first (CORS preflight).
  if (!/^application\/json *(;|$)/i.test(c.req.header("content-type") ?? "")) {
    return { kind: "refused", answer: c.json({ error: "the body must be application/json" }, 415) };
  }
  const body = v.safeParse(schema, await c.req.json().catch(() => undefined));
  if (body.success) return { kind: "ok", value: body.output };
  const error = "the body does not have the expected form";
  return { kind: "refused", answer: c.json({ error, issues: v.flatten(body.issues) }, 400) };
}
