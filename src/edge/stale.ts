/** Around the forward stage: keeps good answers of routes with `stale_if_error`, and answers with them when it fails. */
import { ageValue, cacheStatusValue } from "../policy/cache-status.ts";
import { giveUpCopy, noCopies, takeCopy } from "../policy/copy-budget.ts";
import { methodClass } from "../policy/retry.ts";
import { mayAnswerStale, mayStore, type StaleRequest, type StaleResponse } from "../policy/stale-cache.ts";
import { KEY_FIELDS, staleKey, staleRequestOf } from "../policy/stale-request.ts";
import type { RouteRuntime } from "./compiled.ts";
import type { Kept } from "./kept-form.ts";
import { poolState } from "./pool-state.ts";
import { find, hasStore, keep } from "./stale-store.ts";
import type { Visit } from "./visit.ts";

/** Longer answers are not kept, neither as they come nor decoded. */
const MOST_KEPT_BYTES = 1024 * 1024;

/** Of one exchange with an origin, and so not said again. The length is that of the body as it will be sent. */
const NOT_KEPT: ReadonlySet<string> = new Set([
  "age",
  "cf-ray",
  "content-length",
  "server-timing",
  "tidegate-attempts",
  "tidegate-origin",
]);

const copies = noCopies();

/** What `stages` answer; for a route with `stale_if_error` a kept answer in the place of an error. */
export function withStale(visit: Visit, stages: () => Promise<Response>): Promise<Response> {
  const { route } = visit;
  if (route === undefined || route.staleIfErrorMs === 0) return stages();
  return isPlainRead(visit) ? covered(visit, route, stages) : stages();
}

/** What the key says is all there is to it: a body, an upgrade or another method in a header is not in the key. */
function isPlainRead(visit: Visit): boolean {
  const { request, method, picked } = visit;
  return (
    method === "GET" &&
    request.body === null &&
    picked.upgrade === undefined &&
    methodClass(method, picked.overrides) === "safe"
  );
}

async function covered(
  visit: Visit,
  route: RouteRuntime,
  stages: () => Promise<Response>,
): Promise<Response> {
  const answer = await stages();
  if (answer.status === 200) keepCopy(visit, route, answer);
  else if (answer.status >= 500) {
    const stale = await staleAnswer(visit, route, answer.status);
    if (stale !== undefined) {
      visit.decision = "stale";
      visit.originRateLimit = undefined;
      // The origin's connection is let go; a body that has broken already says so, and nobody minds.
      if (answer.body !== null) visit.waitUntil(answer.body.cancel().catch(() => undefined));
      return stale;
    }
  }
  return answer;
}

function keepCopy(visit: Visit, route: RouteRuntime, answer: Response): void {
  const nowMs = Date.now();
  const length = answer.headers.get("content-length");
  // A stream without a known end could be copied for ever, and it could not be told whether it came whole.
  if (length === null || answer.body === null || !(Number(length) <= MOST_KEPT_BYTES)) return;
  if (!hasStore(nowMs)) return;
  const { staleIfErrorMs } = route;
  const decision = mayStore(requestOf(visit), responseOf(answer), { staleIfErrorMs, keyFields: KEY_FIELDS });
  if (decision.kind === "no") return;
  const key = keyOf(visit, route);
  if (!takeCopy(copies, key, Number(length), nowMs)) return;

  const saidAgeMs = Number(answer.headers.get("age") ?? 0) * 1000;
  const { keepMs, freshMs, isPublic } = decision;
  const kept = {
    isPublic,
    storedAtMs: nowMs,
    keepMs,
    freshMs,
    // RFC 9111 §4.2.3: the time that it took to come counts.
    ageMs: (Number.isFinite(saidAgeMs) ? saidAgeMs : 0) + nowMs - visit.startedAtMs,
    headers: keptFields(answer.headers),
  };
  // A coded body comes decoded, so only a plain one has the length it says.
  const exactly = answer.headers.has("content-encoding") ? undefined : Number(length);
  const { body } = answer.clone();
  if (body !== null) visit.waitUntil(finishCopy(key, kept, body, exactly));
}

/** A coded body is coded anew when it is sent, perhaps to other bytes: its tag holds weakly (RFC 9110 §8.8.1). */
function keptFields(headers: Headers): Kept["headers"] {
  const isCoded = headers.has("content-encoding");
  return [...headers]
    .filter(([name]) => !NOT_KEPT.has(name))
    .map(([name, value]) => [
      name,
      isCoded && name === "etag" && value.startsWith('"') ? `W/${value}` : value,
    ]);
}

/** Never throws. Whatever is cut off, too long or cannot be read is not kept. */
async function finishCopy(
  key: string,
  kept: Omit<Kept, "body">,
  body: ReadableStream<Uint8Array>,
  exactly: number | undefined,
): Promise<void> {
  const bytes = await bytesOf(body).catch(() => undefined);
  const isWhole = bytes !== undefined && (exactly === undefined || bytes.byteLength === exactly);
  if (!isWhole || !(await keep(key, { ...kept, body: bytes }))) giveUpCopy(copies, key);
}

/** Undefined for a body that is too long. */
async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.byteLength;
    if (length > MOST_KEPT_BYTES) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function staleAnswer(visit: Visit, route: RouteRuntime, status: number): Promise<Response | undefined> {
  // Maintenance is announced and has an end: users are told so, with the operators' words (not an error of RFC 5861 §4).
  if (poolState(route.pool, Date.now()).kind === "maintenance") return undefined;
  const found = await find(keyOf(visit, route));
  if (found === undefined) return undefined;
  const nowMs = Date.now();
  // What the route allows now counts, and not what it allowed when the answer was kept.
  const keepMs = Math.min(found.keepMs, found.freshMs + route.staleIfErrorMs);
  if (!mayAnswerStale({ ...found, keepMs }, requestOf(visit), { kind: "status", status }, nowMs))
    return undefined;
  return render(visit, found, nowMs - found.storedAtMs);
}

function render(visit: Visit, { headers: fields, body, ageMs, freshMs }: Kept, keptForMs: number): Response {
  const headers = new Headers(fields.map(([name, value]): [string, string] => [name, value]));
  headers.set("age", ageValue(ageMs + keptForMs));
  const { name } = visit.snapshot.edge;
  headers.set("cache-status", cacheStatusValue(headers.get("cache-status"), name, freshMs - keptForMs));
  return new Response(body, { headers });
}

function keyOf(visit: Visit, route: RouteRuntime): string {
  const { scheme, host, query } = visit.url;
  return staleKey({ scheme, host, path: visit.path, query, pool: route.pool.name }, [
    ...visit.request.headers,
  ]);
}

function requestOf({ request, method, snapshot }: Visit): StaleRequest {
  return staleRequestOf(method, [...request.headers], snapshot.credentialFields);
}

function responseOf({ status, headers }: Response): StaleResponse {
  const text = (name: string) => headers.get(name) ?? undefined;
  return {
    status,
    hasSetCookie: headers.has("set-cookie"),
    cacheControl: text("cache-control"),
    vary: text("vary"),
    age: text("age"),
    expires: text("expires"),
    date: text("date"),
  };
}
