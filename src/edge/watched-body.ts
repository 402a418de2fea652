/** Finds bodies that end before their Content-Length: a sample of them, and all while an origin cuts them off. */
import type { AttemptOutcome } from "../policy/outcome.ts";
import type { OriginMemory } from "./origin-memory.ts";

/**
 * Watching a body costs a third of a small request's CPU (measured on workerd: 1.35 of a bare pass-through, since the
 * stream goes through JavaScript's hands), so one in so many is watched.
 */
const SAMPLE = 1 / 16;
/** After a cut body all bodies of the origin are watched for so long. */
const WATCH_MS = 60_000;
/** How long to wait for the origin's side to tell whether it was the one that broke. */
const VERDICT_MS = 50;

/** Whether this answer's body is watched. Its outcome is then known at its end, and not with its headers. */
export function isWatched(
  { watchBodiesUntilMs }: OriginMemory,
  method: string,
  response: Response,
  random: number,
  nowMs: number,
): boolean {
  if (method === "HEAD" || response.body === null || response.status >= 300 || response.webSocket)
    return false;
  if (nowMs >= watchBodiesUntilMs && random >= SAMPLE) return false;
  // A coded body would come decoded, and so be longer than its Content-Length says.
  return response.headers.get("content-length") !== null && response.headers.get("content-encoding") === null;
}

/**
 * The same body, whole or broken as it comes; `onEnd` is told how it ended. Content-Length holds, because the stream is
 * of that fixed length.
 *
 * @param waitUntil keeps the stream going after the answer's headers
 */
export function watchBody(
  memory: OriginMemory,
  response: Response,
  waitUntil: (promise: Promise<unknown>) => void,
  onEnd: (outcome: AttemptOutcome) => void,
): ReadableStream | null {
  const { body } = response;
  const length = Number(response.headers.get("content-length"));
  if (body === null || !Number.isSafeInteger(length)) return body;
  const { readable, writable } = new FixedLengthStream(length);
  waitUntil(
    body.pipeTo(writable, { preventCancel: true }).then(
      () => onEnd({ kind: "answered", status: response.status, hasRetryAfter: false }),
      async () => {
        const isOrigin = await brokeAtOrigin(body);
        if (isOrigin) memory.watchBodiesUntilMs = Date.now() + WATCH_MS;
        onEnd(isOrigin ? { kind: "truncated" } : { kind: "client-gone" });
      },
    ),
  );
  return readable;
}

/** A source that can still be read was left alone by the client; one that cannot has broken itself. */
async function brokeAtOrigin(body: ReadableStream): Promise<boolean> {
  const reader = body.getReader();
  const readable = await Promise.race([
    reader.read().then(
      ({ done }) => !done,
      () => false,
    ),
    scheduler.wait(VERDICT_MS).then(() => true),
  ]);
  await reader.cancel().catch(() => undefined);
  return !readable;
}
