/** What every request to the operators' API goes through: no other site's page, a proof of who asks, a role that may. */
import { createMiddleware } from "hono/factory";
import type { Role } from "../config/admin/edits.ts";
import type { Actor } from "../config/audit-record.ts";
import { authorize, type OperatorEnv } from "./auth.ts";

export type Api = { Bindings: OperatorEnv; Variables: { actor: Actor } };

const RANK: Readonly<Record<Actor["role"], number>> = { none: 0, viewer: 1, operator: 2, admin: 3 };

export const guard = createMiddleware<Api>(async (c, next) => {
  c.header("cache-control", "no-store");
  // Bearer tokens are not sent by browsers on their own, but what Access knows of a browser is.
  if (isForeign(c.req.raw)) return c.json({ error: "cross-site requests are refused" }, 403);
  const access = await authorize(c.req.raw, c.env, c.executionCtx);
  switch (access.kind) {
    case "disabled":
      return c.json({ error: "no admin token is configured: set the secret TIDEGATE_ADMIN_TOKEN" }, 503);
    case "denied":
      return c.json({ error: "unauthorized" }, 401, { "www-authenticate": 'Bearer realm="tidegate"' });
    case "limited": {
      const seconds = Math.max(1, Math.ceil((access.untilMs - Date.now()) / 1000));
      const error = "too many wrong tokens came from this address";
      return c.json({ error }, 429, { "retry-after": String(seconds) });
    }
    case "granted":
      c.set("actor", access.actor);
      return next();
  }
});

/** Lets on who has the role or a higher one. */
export function needs(role: Role) {
  return createMiddleware<Api>(async (c, next) => {
    const actor = c.get("actor");
    if (RANK[actor.role] >= RANK[role]) return next();
    return c.json({ error: `this needs the role ${role}; ${actor.name} is ${actor.role}` }, 403);
  });
}

/** Sibling subdomains are foreign too: whoever has one of them must not act for an operator's browser. */
function isForeign(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  if (origin === null || site === "same-origin") return false;
  return !URL.canParse(origin) || new URL(origin).host !== new URL(request.url).host;
}
