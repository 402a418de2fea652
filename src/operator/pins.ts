/** Hands out pins: leave for an operator to reach one origin whatever its state. */
import type { Context } from "hono";
import { PinBody } from "../config/admin/edits.ts";
import { controlStub } from "../config/env.ts";
import { canSignPins, PIN_HEADER, signPin } from "../config/pin-token.ts";
import type { Api } from "./guard.ts";
import { readJson } from "./json-body.ts";

/** It changes nothing, so it is based on no version. */
export async function issuePin(c: Context<Api>): Promise<Response> {
  const body = await readJson(c, PinBody);
  if (body.kind === "refused") return body.answer;
  const { pool, origin, minutes, reason } = body.value;
  if (!canSignPins(c.env.TIDEGATE_SECRET)) {
    return c.json({ error: "no signing secret is configured: set the secret TIDEGATE_SECRET" }, 503);
  }
  const { pools } = await controlStub(c.env).status();
  const known = pools.find(({ name }) => name === pool);
  if (known === undefined) {
    const names = pools.map(({ name }) => name).join(", ");
    return c.json({ error: `there is no pool "${pool}"; there are: ${names}` }, 404);
  }
  if (!known.origins.some(({ name }) => name === origin)) {
    const names = known.origins.map(({ name }) => name).join(", ");
    return c.json({ error: `pool "${pool}" has no origin "${origin}"; there are: ${names}` }, 404);
  }
  const expiresAtMs = Date.now() + minutes * 60_000;
  const value = await signPin(c.env.TIDEGATE_SECRET, { pool, origin, expiresAtMs });
  const target = `${pool}/${origin} for ${minutes} min`;
  await controlStub(c.env).note(c.get("actor"), "pin", target, reason);
  return c.json({ header: PIN_HEADER, value, expiresAtMs });
}
