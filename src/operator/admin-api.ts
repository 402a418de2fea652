/** The admin API: reads the state of Control and asks it for changes. JSON in, JSON out. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import type { ChangeAnswer } from "../config/control-api.ts";
import type { Edit } from "../config/edit.ts";
import { controlStub, type Env } from "../config/env.ts";
import { authorize } from "./auth.ts";

type Variables = { author: string };

/** A configuration file of all limits at their most is well below this; JSON quoting may double it. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

const ChangeBody = v.strictObject({
  edit: v.variant("kind", [
    v.strictObject({
      kind: v.literal("apply"),
      file: v.pipe(v.string(), v.maxLength(1024)),
      toml: v.string(),
    }),
    v.strictObject({
      kind: v.literal("weights"),
      pool: v.string(),
      weights: v.pipe(v.record(v.string(), v.number()), v.minEntries(1)),
    }),
    v.strictObject({ kind: v.literal("rollback"), version: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  ]),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500)), ""),
  dryRun: v.optional(v.boolean(), false),
});

const STATUS_OF: Readonly<Record<ChangeAnswer["kind"], 200 | 404 | 409 | 412 | 422>> = {
  planned: 200,
  applied: 200,
  unchanged: 200,
  conflict: 412,
  "no-such-version": 404,
  invalid: 422,
  refused: 409,
};

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
  .post(
    "/changes",
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.json({ error: "the body is too large" }, 413) }),
    async (c) => {
      const basedOn = /^"(\d+)"$/.exec(c.req.header("if-match") ?? "")?.[1];
      if (basedOn === undefined) {
        return c.json(
          { error: 'If-Match must name the version that the change is based on, such as "12"' },
          428,
        );
      }
      if (!/^application\/json *(;|$)/i.test(c.req.header("content-type") ?? "")) {
        return c.json({ error: "the body must be application/json" }, 415);
      }
      const body = v.safeParse(ChangeBody, await c.req.json().catch(() => undefined));
      if (!body.success) {
        return c.json(
          { error: "the body does not have the expected form", issues: v.flatten(body.issues) },
          400,
        );
      }
      const { edit, reason, dryRun } = body.output;
      const answer: ChangeAnswer = await controlStub(c.env).change({
        edit: edit satisfies Edit,
        basedOn: Number(basedOn),
        dryRun,
        reason,
        author: c.get("author"),
        ownHosts: [new URL(c.req.url).host],
      });
      return c.json(answer, STATUS_OF[answer.kind]);
    },
  );
