/** Ends somebody's time in a room, by a pass id or by a user's name. */
import type { Context } from "hono";
import { SessionEndBody } from "../config/admin/edits.ts";
import { controlStub } from "../config/env.ts";
import type { SessionEndAnswer, SessionOf } from "../config/operator-api.ts";
import type { Api } from "./guard.ts";
import { write } from "./write.ts";

export function endSession(c: Context<Api>): Promise<Response> {
  return write(c, SessionEndBody, async ({ pass, user, ...body }, who) => {
    const whose = sessionOf(pass, user);
    if (whose === undefined) return c.json({ error: "say whose session: either `pass` or `user`" }, 422);
    const answer: SessionEndAnswer = await controlStub(c.env).endSession({ ...body, ...who, who: whose });
    return answer;
  });
}

/** Undefined when both are said, or none. */
function sessionOf(pass: string | undefined, user: string | undefined): SessionOf | undefined {
  if (pass !== undefined) return user === undefined ? { kind: "pass", id: pass } : undefined;
  return user === undefined ? undefined : { kind: "user", name: user };
}
