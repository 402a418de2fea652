/** Ends somebody's time in a room, by a pass id or by a user's name. */
import type { Context } from "hono";
import { SessionEndBody } from "../config/admin/edits.ts";
import { controlStub } from "../config/env.ts";
import type { SessionEndAnswer } from "../config/operator-api.ts";
import type { Api } from "./guard.ts";
import { readJson } from "./json-body.ts";
import { mayBasedOn, reasonMissing, statusOf } from "./precondition.ts";

export async function endSession(c: Context<Api>): Promise<Response> {
  const body = await readJson(c, SessionEndBody);
  if (body.kind === "refused") return body.answer;
  const { room, pass, user, reason } = body.value;
  if (reason.trim() === "") return reasonMissing(c);
  const based = mayBasedOn(c);
  if (based.kind === "refused") return based.answer;
  if ((pass === undefined) === (user === undefined))
    return c.json({ error: "say whose session: either `pass` or `user`" }, 422);
  const who =
    pass === undefined ? { kind: "user" as const, name: user ?? "" } : { kind: "pass" as const, id: pass };
  const answer: SessionEndAnswer = await controlStub(c.env).endSession({
    room,
    who,
    actor: c.get("actor"),
    reason,
    basedOn: based.basedOn,
  });
  return c.json(answer, statusOf(answer));
}
