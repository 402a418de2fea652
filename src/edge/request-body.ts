/** What becomes of a request's body: kept for a second attempt when that is allowed and cheap, streamed otherwise. */
import type { MethodClass } from "../policy/retry.ts";
import type { Visit } from "./visit.ts";

export type RequestBody =
  | { readonly kind: "none" }
  /** Whole in memory, so that it can be sent again. */
  | { readonly kind: "kept"; readonly bytes: ArrayBuffer }
  /** Goes through as it comes, once. */
  | { readonly kind: "streamed" }
  /** A read with a body: `fetch` takes it only as part of the client's own request, once. */
  | { readonly kind: "beside" };

const NO_BODY: RequestBody = { kind: "none" };
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Reads the body of a PUT or DELETE of a known length up to `limitBytes`; never any other, and then at once. */
export function takeBody(
  visit: Visit,
  methodClass: MethodClass,
  limitBytes: number,
): RequestBody | Promise<RequestBody> {
  const { request, method } = visit;
  if (request.body === null) return NO_BODY;
  if (BODILESS.has(method)) return { kind: "beside" };
  if (methodClass !== "idempotent") return { kind: "streamed" };
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  if (!(length <= limitBytes)) return { kind: "streamed" };
  return request.arrayBuffer().then((bytes) => ({ kind: "kept", bytes }));
}

/** Whether another attempt could send the same body. */
export function canSendAgain(body: RequestBody): boolean {
  return body.kind === "none" || body.kind === "kept";
}
