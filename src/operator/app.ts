/** What is served under /.tidegate: health, explanations of problems, and the admin API. */
import { Hono } from "hono";
import type { Env } from "../config/env.ts";
import { PROBLEM_TYPES, problemUri } from "../config/problem-types.ts";
import { adminApi } from "./admin-api.ts";

export const operator = new Hono<{ Bindings: Env }>().basePath("/.tidegate");

operator.get("/health", (c) => c.text("ok\n", 200, { "cache-control": "no-store" }));

operator.get("/problems/:name", (c) => {
  const name = c.req.param("name");
  const type = Object.hasOwn(PROBLEM_TYPES, name)
    ? PROBLEM_TYPES[name as keyof typeof PROBLEM_TYPES]
    : undefined;
  return type === undefined ? c.notFound() : c.text(`${type.status} ${type.title}\n\n${type.detail}\n`);
});

operator.route("/admin/api", adminApi);

operator.notFound((c) =>
  c.json({ type: problemUri("no-route"), title: "Not found", status: 404 }, 404, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  }),
);
