/** Whether a request that gives a place up was meant by its user, or sent by a page of somebody else. */
import { TICKET_FORM_FIELD } from "../policy/queue-cookie.ts";
import type { ShownTokens } from "./shown-tokens.ts";
import type { Visit } from "./visit.ts";

/** The page's form is a fifth of it. */
const MOST_FORM_BYTES = 256;
const FORM = /^application\/x-www-form-urlencoded *(;|$)/i;

/**
 * Of cookies, which a browser sends unasked, nothing follows. A token in a field was put there by a program that means it.
 * Browsers say where a request comes from (Fetch Metadata, else Origin with every POST); a program says neither. A page
 * with `Referrer-Policy: no-referrer` has its Origin told as `null` (Fetch, "append a request `Origin` header"), and so has
 * any sandboxed foreign page; where there is no Fetch Metadata (Safari before 16.4) the form itself has to know the
 * ticket's id, which no script and no foreign page can read.
 */
export async function isMeantByUser(visit: Visit, shown: ShownTokens): Promise<boolean> {
  const { request, picked, url } = visit;
  const { pass, ticket } = shown;
  if (picked.pass !== undefined && picked.pass === pass?.text) return true;
  if (picked.ticket !== undefined && picked.ticket === ticket?.text) return true;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("origin");
  if (origin === null) return true;
  if (origin !== "null") return origin.replace(/^https?:\/\//, "") === url.host;
  const id = await idInForm(request);
  return id !== undefined && (id === ticket?.token.id || id === pass?.token.id);
}

async function idInForm(request: Request): Promise<string | undefined> {
  const { headers } = request;
  const length = headers.get("content-length") ?? "";
  if (!/^\d+$/.test(length) || Number(length) > MOST_FORM_BYTES) return undefined;
  if (!FORM.test(headers.get("content-type") ?? "")) return undefined;
  // `text()` warns of any type that is not text.
  const form = new TextDecoder().decode(await request.arrayBuffer());
  return new URLSearchParams(form).get(TICKET_FORM_FIELD) ?? undefined;
}
