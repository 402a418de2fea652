/** Finds bodies that end before their Content-Length: small ones are read whole before they are passed on. */
import type { OriginMemory } from "./origin-memory.ts";

/** One in so many answers is watched; reading a body costs a part of its request's CPU and holds its first byte back. */
const SAMPLE = 1 / 16;
/** After a cut body all small bodies of the origin are watched for so long. */
const WATCH_MS = 60_000;
/** Larger bodies are never held back. */
const MAX_BYTES = 64 * 1024;

/** Whether this answer's body is read before the client gets the answer. */
export function isWatched(
  { watchBodiesUntilMs }: OriginMemory,
  method: string,
  response: Response,
  random: number,
  nowMs: number,
): boolean {
  if (nowMs >= watchBodiesUntilMs && random >= SAMPLE) return false;
  if (method === "HEAD" || response.status >= 300 || response.body === null || response.webSocket)
    return false;
  const { headers } = response;
  // A coded body would come decoded, and so be longer than its Content-Length says.
  if (headers.get("content-encoding") !== null) return false;
  const length = headers.get("content-length");
  return length !== null && Number(length) <= MAX_BYTES;
}

/**
 * The whole body; undefined when the origin cut it off or did not send it within `patienceMs`. Then the client has not
 * been given anything yet, and another origin may be asked.
 */
export async function readWhole(
  memory: OriginMemory,
  response: Response,
  patienceMs: number,
): Promise<ArrayBuffer | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), patienceMs);
  const whole = await Promise.race([response.arrayBuffer().catch(() => undefined), late.promise]);
  clearTimeout(timer);
  if (whole === undefined) memory.watchBodiesUntilMs = Date.now() + WATCH_MS;
  return whole;
}
