/** What is served under /.tidegate: health, explanations of problems, and the admin API. */
import { Hono } from "hono";
import type { ControlApi } from "../config/control-api.ts";
import { controlStub } from "../config/env.ts";
import { gaugesOf } from "../config/gauges.ts";
import { PROBLEM_TYPES, problemUri } from "../config/problem-types.ts";
import { adminApi } from "./admin-api.ts";
import { authorize, type OperatorEnv } from "./auth.ts";
import { dashboard } from "./dashboard.ts";
import { CONTENT_TYPES, formOf, metricsText } from "./metrics.ts";

export const operator = new Hono<{ Bindings: OperatorEnv }>().basePath("/.tidegate");

operator.get("/health", (c) => c.text("ok\n", 200, { "cache-control": "no-store" }));

operator.get("/metrics", async (c) => {
  // On Cloudflare everybody can ask; on one machine the port is as open as its owner makes it, as with any exporter.
  const isExposed = c.req.raw.cf?.colo !== undefined;
  if (isExposed && (await authorize(c.req.raw, c.env, c.executionCtx)).kind !== "granted") {
    return c.json({ error: "unauthorized" }, 401, { "www-authenticate": 'Bearer realm="tidegate"' });
  }
  const control = controlStub(c.env) as unknown as Pick<ControlApi, "counters" | "status">;
  const [counts, status] = await Promise.all([control.counters(), control.status()]);
  const form = formOf(c.req.header("accept"));
  return c.text(metricsText({ ...counts, ...gaugesOf(status) }, form), 200, {
    "content-type": CONTENT_TYPES[form],
    "cache-control": "no-store",
    vary: "Accept",
  });
});

operator.get("/problems/:name", (c) => {
  const name = c.req.param("name");
  const type = Object.hasOwn(PROBLEM_TYPES, name)
    ? PROBLEM_TYPES[name as keyof typeof PROBLEM_TYPES]
    : undefined;
  return type === undefined ? c.notFound() : c.text(`${type.status} ${type.title}\n\n${type.detail}\n`);
});

operator.route("/admin/api", adminApi);

operator.route("/", dashboard);

operator.notFound((c) =>
  c.json({ type: problemUri("no-route"), title: "Not found", status: 404 }, 404, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  }),
);
