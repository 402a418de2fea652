/** The cache of the place that this edge runs in (Cloudflare's colo): what its edges let each other have. */
import { controlId, type Env } from "../config/env.ts";

/** False once the runtime has shown that it has no cache (bare workerd). */
let hasCache = true;

/** One for each deployment and release: a gradual deployment must not read the other release's form. */
export function placeKey(env: Env, host: string, name = ""): string {
  const end = name === "" ? "" : `/${encodeURIComponent(name)}`;
  return `https://${host}.tidegate.invalid/${controlId(env)}/${env.VERSION?.id ?? ""}${end}`;
}

/** What an edge here has put, as JSON; undefined for nothing, and for what is no JSON. Never rejects. */
export async function readPlace(key: string): Promise<unknown> {
  if (!hasCache) return undefined;
  let response: Response | undefined;
  try {
    response = await caches.default.match(key);
  } catch {
    hasCache = false;
  }
  return response?.json().catch(() => undefined);
}

/** Lets the other edges here have it for so long. Never rejects. */
export async function writePlace(key: string, value: unknown, maxAgeSeconds: number): Promise<void> {
  if (!hasCache) return;
  try {
    const headers = { "cache-control": `max-age=${maxAgeSeconds}` };
    await caches.default.put(key, Response.json(value, { headers }));
  } catch {
    hasCache = false;
  }
}
