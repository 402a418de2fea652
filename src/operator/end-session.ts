/** Ends somebody's time in a room: their pass is over on every edge, and the slot is free. */
import type { Context } from "hono";
import { SessionEndBody } from "../config/admin/edits.ts";
import { controlStub, roomStub } from "../config/env.ts";
import type { Api } from "./guard.ts";
import { readJson } from "./json-body.ts";
import { reasonMissing } from "./precondition.ts";

export async function endSession(c: Context<Api>): Promise<Response> {
  const body = await readJson(c, SessionEndBody);
  if (body.kind === "refused") return body.answer;
  const { room, pass, reason } = body.value;
  if (reason.trim() === "") return reasonMissing(c);
  if (pass === undefined) return c.json({ error: "say whose session: a pass" }, 422);
  const { rooms } = await controlStub(c.env).status();
  if (!rooms.some(({ name }) => name === room)) {
    const names = rooms.map(({ name }) => name).join(", ") || "none";
    return c.json({ error: `there is no room "${room}"; there are: ${names}` }, 404);
  }
  const ended = await roomStub(c.env, room).end(pass);
  await controlStub(c.env).note(c.get("actor"), "session-end", `${room}: pass ${pass}`, reason);
  return c.json(ended);
}
