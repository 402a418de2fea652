/** Hands out pins: leave for an operator to reach one origin whatever its state. */
import type { Context } from "hono";
import { PinBody } from "../config/admin/edits.ts";
import { controlStub } from "../config/env.ts";
import type { PinAnswer } from "../config/operator-api.ts";
import { canSignPins, PIN_HEADER, signPin } from "../config/pin-token.ts";
import type { Api } from "./guard.ts";
import { write } from "./write.ts";

export function issuePin(c: Context<Api>): Promise<Response> {
  return write(c, PinBody, async ({ minutes, ...body }, who) => {
    if (!canSignPins(c.env.TIDEGATE_SECRET))
      return c.json({ error: "no signing secret is configured: set the secret TIDEGATE_SECRET" }, 503);
    const expiresAtMs = Date.now() + minutes * 60_000;
    const answer: PinAnswer = await controlStub(c.env).pin({ ...body, ...who, expiresAtMs });
    if (answer.kind !== "applied") return answer;
    // Signed when it is on record: a pin that nobody knows of is worse than a record of one that was not given.
    const value = await signPin(c.env.TIDEGATE_SECRET, {
      pool: body.pool,
      origin: body.origin,
      expiresAtMs,
    });
    return { ...answer, header: PIN_HEADER, value };
  });
}
