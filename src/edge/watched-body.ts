/** Finds bodies that end before their Content-Length: small ones are read whole before they are passed on. */
import type { OriginMemory } from "./origin-memory.ts";

/** One in so many answers is watched; reading a body costs a part of its request's CPU and holds its first byte back. */
const SAMPLE = 1 / 16;
/** After a cut body all small bodies of the origin are watched for so long. */
const WATCH_MS = 60_000;
/** A body is held back for so long at most: one that comes in pieces over time must come so at the client. */
const PATIENCE_MS = 100;
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

export type WatchedBody =
  /** All of it, as long as it should be. */
  | { readonly kind: "whole"; readonly bytes: ReadableStream | ArrayBuffer }
  /** Cut off, and the client has not been given anything yet. */
  | { readonly kind: "cut" };

/**
 * Reads the body for `PATIENCE_MS` at most. One that is not complete by then is no longer held back: what was read and
 * what is to come go on as one stream of the same length, unwatched.
 */
export async function readWatched(memory: OriginMemory, response: Response): Promise<WatchedBody> {
  const { body } = response;
  const length = Number(response.headers.get("content-length"));
  if (body === null) return { kind: "whole", bytes: new ArrayBuffer(0) };
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const chunks: Uint8Array[] = [];
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), PATIENCE_MS);
  try {
    for (;;) {
      const pending = reader.read();
      const next = await Promise.race([pending.catch(() => "cut" as const), late.promise]);
      if (next === "late") return { kind: "whole", bytes: streamOn(reader, chunks, pending, length) };
      if (next === "cut") {
        memory.watchBodiesUntilMs = Date.now() + WATCH_MS;
        return { kind: "cut" };
      }
      if (next.done) return { kind: "whole", bytes: await new Blob(chunks).arrayBuffer() };
      chunks.push(next.value);
    }
  } finally {
    clearTimeout(timer);
  }
}

function streamOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  chunks: Uint8Array[],
  pending: Promise<ReadableStreamReadResult<Uint8Array>>,
  length: number,
): ReadableStream {
  let next: Promise<ReadableStreamReadResult<Uint8Array>> | undefined = pending;
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      const read = await (next ?? reader.read());
      next = undefined;
      if (read.done) controller.close();
      else controller.enqueue(read.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return rest.pipeThrough(new FixedLengthStream(length));
}
