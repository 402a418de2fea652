/** The admin API: reads the state of Control and asks it for changes. JSON in, JSON out. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import type { ChangeAnswer } from "../config/control-api.ts";
import type { Edit } from "../config/edit.ts";
import { controlStub, type Env } from "../config/env.ts";
import { isOverrideEdit, type OverrideEdit } from "../config/override-edit.ts";
import { isRoomEdit, type RoomEdit } from "../config/room-edit.ts";
import { authorize } from "./auth.ts";
import { ChangeBody } from "./change-body.ts";
import { readJson } from "./json-body.ts";
import { issuePin } from "./pins.ts";

type Variables = { author: string };

/** A configuration file of all limits at their most is well below this; JSON quoting may double it. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

const STATUS_OF: Readonly<Record<ChangeAnswer["kind"], 200 | 404 | 409 | 412 | 422>> = {
  planned: 200,
  applied: 200,
  unchanged: 200,
  conflict: 412,
  "no-such-version": 404,
  invalid: 422,
  refused: 409,
};

const ExplainBody = v.strictObject({ user: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)) });

const limited = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => c.json({ error: "the body is too large" }, 413),
});

export const adminApi = new Hono<{ Bindings: Env; Variables: Variables }>()
  .use(async (c, next) => {
    c.header("cache-control", "no-store");
    // Bearer tokens are not sent by browsers on their own; a foreign page has no business here all the same.
    if (c.req.header("sec-fetch-site") === "cross-site")
      return c.json({ error: "cross-site requests are refused" }, 403);
    const access = await authorize(c.req.header("authorization"), c.env);
    switch (access.kind) {
      case "disabled":
        return c.json({ error: "no admin token is configured: set the secret TIDEGATE_ADMIN_TOKEN" }, 503);
      case "denied":
        return c.json({ error: "unauthorized" }, 401, { "www-authenticate": 'Bearer realm="tidegate"' });
      case "granted":
        c.set("author", access.author);
        return next();
    }
  })
  .get("/status", async (c) => c.json(await controlStub(c.env).status()))
  .get("/history", async (c) => c.json(await controlStub(c.env).history()))
  .get("/probes/:pool", async (c) => {
    const pool = c.req.param("pool");
    const { pools } = await controlStub(c.env).status();
    if (pools.some(({ name }) => name === pool)) return c.json(await controlStub(c.env).probes(pool));
    return c.json(
      { error: `there is no pool "${pool}"; there are: ${pools.map(({ name }) => name).join(", ")}` },
      404,
    );
  })
  // A user's name is no part of a URL, which logs keep.
  .post("/limits/explain", limited, async (c) => {
    const body = await readJson(c, ExplainBody);
    if (body.kind === "refused") return body.answer;
    return c.json(await controlStub(c.env).explainLimits(body.value.user));
  })
  .post("/pins", limited, issuePin)
  .post("/changes", limited, async (c) => {
    const basedOn = /^"(\d+)"$/.exec(c.req.header("if-match") ?? "")?.[1];
    if (basedOn === undefined) {
      const error = 'If-Match must name the version that the change is based on, such as "12"';
      return c.json({ error }, 428);
    }
    const body = await readJson(c, ChangeBody);
    if (body.kind === "refused") return body.answer;
    const { edit, reason, dryRun } = body.value;
    const answer: ChangeAnswer = await controlStub(c.env).change({
      edit: edit satisfies Edit | OverrideEdit | RoomEdit,
      basedOn: Number(basedOn),
      dryRun,
      reason,
      author: c.get("author"),
      ownHosts: [new URL(c.req.url).host],
    });
    // Versions are kept with their author and reason; drains, windows and rooms by command make no version.
    if (answer.kind === "applied" && (isOverrideEdit(edit) || isRoomEdit(edit))) {
      const message = isRoomEdit(edit) ? "room changed" : "service changed";
      console.log(JSON.stringify({ message, edit, reason, author: c.get("author") }));
    }
    return c.json(answer, STATUS_OF[answer.kind]);
  });
