/** Serves the dashboard: a page that tells nothing, and the script and style that this Worker carries. */
import { Hono } from "hono";
import assets from "./dashboard-assets.json";

const BASE = "/.tidegate/admin/";
const ASSETS = `${BASE}assets/`;

/**
 * Nothing inline, nothing of anybody else, nothing that frames it; and no text becomes markup or script (Trusted Types).
 * So what a region or a configuration is called can never run here, where an operator's token is.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const SHARED = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

const PAGE_FIELDS = {
  ...SHARED,
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
};

/** The same for everybody: what is in force is asked for with a token. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Sign in</title>
<link rel="stylesheet" href="${ASSETS}${assets.style.name}">
<script type="module" src="${ASSETS}${assets.script.name}"></script>
</head>
<body>
<div id="root"><noscript>This page needs JavaScript. The command does the same without.</noscript></div>
</body>
</html>
`;

/** A name is made of its content, so it never changes its meaning. */
const FOR_EVER = "public, max-age=31536000, immutable";

const FILES: ReadonlyMap<string, readonly [type: string, text: string]> = new Map([
  [assets.script.name, ["text/javascript; charset=utf-8", assets.script.text]],
  [assets.style.name, ["text/css; charset=utf-8", assets.style.text]],
]);

export const dashboard = new Hono()
  .get("/admin", (c) => c.redirect(BASE, 308))
  .get("/admin/", (c) => c.body(PAGE, 200, PAGE_FIELDS))
  .get("/admin/assets/:name", (c) => {
    const file = FILES.get(c.req.param("name"));
    if (file === undefined) return c.notFound();
    const [type, text] = file;
    return c.body(text, 200, { ...SHARED, "content-type": type, "cache-control": FOR_EVER });
  });
