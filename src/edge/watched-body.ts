/** Finds bodies that end before their Content-Length or stall: small ones are read whole, larger ones on their way. */
import { isWatchTurn, noteBadBody, watchKind } from "../policy/body-watch.ts";
import type { OriginMemory } from "./origin-memory.ts";

/** A body is held back for so long at most: one that comes in pieces over time must come so at the client. */
const PATIENCE_MS = 100;

/** How a body ended that the client had begun to get. */
export type BodyEnd = "whole" | "cut" | "stalled" | "client-gone";

export type WatchedBody =
  /** It goes its own way. */
  | { readonly kind: "not-watched" }
  /** All of it, as long as it should be. */
  | { readonly kind: "whole"; readonly bytes: ArrayBuffer }
  /** Cut off, and the client has not been given anything yet. */
  | { readonly kind: "cut" }
  /** It comes piece by piece, and how it ends is told later, once. */
  | { readonly kind: "flowing"; readonly stream: ReadableStream };

/**
 * @param stallMs without a byte for so long while the client waits, a body has stalled
 * @param onEnd told how a flowing body ended; never of one whose request the runtime has dropped
 */
export async function watchBody(
  { watch }: OriginMemory,
  method: string,
  response: Response,
  stallMs: number,
  onEnd: (end: BodyEnd) => void,
): Promise<WatchedBody> {
  const notWatched = { kind: "not-watched" } as const;
  if (!isWatchTurn(watch, Math.random(), Date.now())) return notWatched;
  const { headers, body, status } = response;
  if (method === "HEAD" || status >= 300 || body === null || response.webSocket) return notWatched;
  const kind = watchKind(headers.get("content-length"), headers.get("content-encoding"));
  if (kind === "not") return notWatched;
  const length = Number(headers.get("content-length"));
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const ended = (end: BodyEnd): void => {
    if (end === "cut" || end === "stalled") noteBadBody(watch, Date.now());
    onEnd(end);
  };
  const held: Held = { chunks: [], pending: undefined };
  const end = kind === "hold" ? await hold(reader, held) : "late";
  switch (end) {
    case "whole":
      return { kind: "whole", bytes: await new Blob(held.chunks).arrayBuffer() };
    case "cut":
      noteBadBody(watch, Date.now());
      return { kind: "cut" };
    case "late":
      return { kind: "flowing", stream: streamOn(reader, held, length, stallMs, ended) };
  }
}

type Read = ReadableStreamReadResult<Uint8Array>;

/** What has been read of a body, and the read that is still open. */
interface Held {
  readonly chunks: Uint8Array[];
  pending: Promise<Read> | undefined;
}

async function hold(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  held: Held,
): Promise<"whole" | "cut" | "late"> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), PATIENCE_MS);
  try {
    for (;;) {
      held.pending = reader.read();
      const next = await Promise.race([held.pending.catch(() => "cut" as const), late.promise]);
      if (next === "late" || next === "cut") return next;
      if (next.done) return "whole";
      held.chunks.push(next.value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** What was read and what is to come, as one stream of the same length. */
function streamOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  held: Held,
  length: number,
  stallMs: number,
  onEnd: (end: BodyEnd) => void,
): ReadableStream {
  let isEnded = false;
  const endOnce = (end: BodyEnd): void => {
    if (isEnded) return;
    isEnded = true;
    onEnd(end);
  };
  let timer: ReturnType<typeof setTimeout> | null = null;
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = held.chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      // It may go on all the same: the client decides how long to wait.
      timer = setTimeout(() => endOnce("stalled"), stallMs);
      try {
        const read = await (held.pending ?? reader.read());
        if (read.done) {
          endOnce("whole");
          controller.close();
        } else controller.enqueue(read.value);
      } catch (error) {
        endOnce("cut");
        controller.error(error);
      } finally {
        held.pending = undefined;
        clearTimeout(timer);
      }
    },
    cancel(reason) {
      clearTimeout(timer);
      endOnce("client-gone");
      return reader.cancel(reason);
    },
  });
  return rest.pipeThrough(new FixedLengthStream(length));
}
