/** How tests speak to the admin API: through the Worker's own front door. */
import { env, exports } from "cloudflare:workers";

export const ADMIN_URL = "http://edge.test/.tidegate/admin/api";

/** A request with the operators' token; `headers` with an undefined value are left out. */
export function askAdmin(
  path: string,
  {
    headers = {},
    ...init
  }: { headers?: Record<string, string | undefined>; method?: string; body?: BodyInit } = {},
): Promise<Response> {
  const all: Record<string, string | undefined> = {
    authorization: `Bearer ${env.TIDEGATE_ADMIN_TOKEN}`,
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return exports.default.fetch(new Request(`${ADMIN_URL}${path}`, { ...init, headers: sent }));
}

/** A write as a program sends it, with a reason unless it brings one; `body` that is text is sent as it is. */
export function postWrite(
  path: string,
  body: unknown,
  basedOn: string | undefined,
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  const isPlain = typeof body === "object" && body !== null && !Array.isArray(body);
  const said = isPlain ? { reason: "a test", ...body } : body;
  return askAdmin(path, {
    method: "POST",
    body: typeof said === "string" ? said : JSON.stringify(said),
    headers: { "content-type": "application/json", "if-match": basedOn, ...headers },
  });
}

export function postChange(
  body: unknown,
  basedOn: string | undefined,
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  return postWrite("/changes", body, basedOn, headers);
}
