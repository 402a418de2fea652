/** The operators' API: reads the state of Control and asks it for changes. JSON in, JSON out; `endpoints.ts` describes it. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import openApi from "../../docs/openapi.json";
import { ApplyBody, ChangeBody, ExplainBody, ImportBody } from "../config/admin/edits.ts";
import { AuditQuery, DiffQuery, HistoryQuery, SeriesQuery } from "../config/admin/queries.ts";
import { MAX_STATE_BYTES } from "../config/admin/state-file.ts";
import type { ControlApi } from "../config/control-api.ts";
import { controlStub, type Env } from "../config/env.ts";
import { endSession } from "./end-session.ts";
import { explainLimits } from "./explain-limits.ts";
import { type Api, guard, needs } from "./guard.ts";
import { readJson } from "./json-body.ts";
import { issuePin } from "./pins.ts";
import { addToken, revokeToken } from "./tokens.ts";
import { send, write } from "./write.ts";

const MAX_BODY_BYTES = 64 * 1024;
/** A configuration file has at most 1 MiB; JSON quoting may double it. */
const MAX_FILE_BODY_BYTES = 2 * 1024 * 1024 + MAX_BODY_BYTES;
/** A state file is JSON already: quoting adds a third to it, hardly more. */
const MAX_STATE_BODY_BYTES = 1.5 * MAX_STATE_BYTES;

const upTo = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (c) => c.json({ error: `the body is larger than ${maxSize} bytes` }, 413) });

const ordinary = upTo(MAX_BODY_BYTES);

export const adminApi = new Hono<Api>()
  .use(guard)
  .get("/openapi.json", needs("viewer"), (c) => c.body(JSON.stringify(openApi), 200, JSON_TYPE))
  .get("/me", needs("viewer"), (c) => c.json(c.get("actor")))
  .get("/status", needs("viewer"), async (c) => c.json(await control(c.env).status()))
  .get("/series", needs("viewer"), async (c) => {
    const query = v.safeParse(SeriesQuery, c.req.query());
    if (!query.success)
      return c.json({ error: "window is hour or day, since is a time in epoch milliseconds" }, 400);
    return send(await control(c.env).series(query.output.window, query.output.since));
  })
  .get("/history", needs("viewer"), async (c) => {
    const query = v.safeParse(HistoryQuery, c.req.query());
    if (!query.success) return c.json({ error: "limit is a whole number from 1 to 1000" }, 400);
    return c.json((await control(c.env).history()).slice(0, query.output.limit));
  })
  .get("/diff", needs("viewer"), async (c) => {
    const query = v.safeParse(DiffQuery, c.req.query());
    if (!query.success) return c.json({ error: "from and to are numbers of versions" }, 400);
    const { from, to } = query.output;
    const diff = await control(c.env).diff(from, to);
    if (diff === undefined) return c.json({ error: `there is no version ${from}, or no version ${to}` }, 404);
    return send({ from, to, diff });
  })
  .get("/audit", needs("viewer"), async (c) => {
    const query = v.safeParse(AuditQuery, c.req.query());
    if (!query.success)
      return c.json({ error: "after is a number, limit a whole number from 1 to 1000" }, 400);
    const { after, limit } = query.output;
    return send(await control(c.env).audit({ after, limit }));
  })
  .get("/probes/:pool", needs("viewer"), async (c) => {
    const pool = c.req.param("pool");
    const { pools } = await control(c.env).status();
    if (pools.some(({ name }) => name === pool)) return c.json(await control(c.env).probes(pool));
    const names = pools.map(({ name }) => name).join(", ");
    return c.json({ error: `there is no pool "${pool}"; there are: ${names}` }, 404);
  })
  .post("/limits/explain", needs("viewer"), ordinary, async (c) => {
    const body = await readJson(c, ExplainBody);
    if (body.kind === "refused") return body.answer;
    return c.json(await explainLimits(body.value.user, c.env));
  })
  .post("/pins", needs("operator"), ordinary, issuePin)
  .post("/sessions/end", needs("operator"), ordinary, endSession)
  .post("/changes", needs("operator"), ordinary, (c) =>
    write(c, ChangeBody, (body, who) => control(c.env).change({ ...body, ...who, ownHosts: hostsOf(c) })),
  )
  .post("/apply", needs("operator"), upTo(MAX_FILE_BODY_BYTES), (c) =>
    write(c, ApplyBody, ({ file, toml, ...rest }, who) =>
      control(c.env).change({ edit: { kind: "apply", file, toml }, ...rest, ...who, ownHosts: hostsOf(c) }),
    ),
  )
  .get("/state", needs("admin"), async (c) =>
    c.body(await control(c.env).exportState(c.get("actor")), 200, JSON_TYPE),
  )
  .post("/state", needs("admin"), upTo(MAX_STATE_BODY_BYTES), (c) =>
    write(c, ImportBody, (body, who) =>
      control(c.env).importState({ ...body, ...who, ownHosts: hostsOf(c) }),
    ),
  )
  .get("/tokens", needs("admin"), async (c) => c.json(await control(c.env).tokens()))
  .post("/tokens", needs("admin"), ordinary, addToken)
  .post("/tokens/revoke", needs("admin"), ordinary, revokeToken);

const JSON_TYPE = { "content-type": "application/json" };

/** A write that may bring a file: the hosts that this edge answers on must be no origins of it. */
function hostsOf(c: Context<Api>): readonly string[] {
  return [new URL(c.req.url).host];
}

/** By its interface: what the platform makes of recursive types for a stub is too deep for the compiler. */
function control(env: Env): ControlApi {
  return controlStub(env) as unknown as ControlApi;
}
