/** An answer as it is kept: a line of JSON that tells what it is, then its body. Opaque to the cache that holds it. */
import type { KeptAnswer } from "../policy/stale-cache.ts";

export interface Kept extends KeptAnswer {
  /** Of the time that it may be kept, the part in which it is fresh; negative when it came stale. */
  readonly freshMs: number;
  /** Its age when it was kept. */
  readonly ageMs: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What the first line says; the body's length finds what was cut off. */
type Head = Omit<Kept, "body"> & { readonly length: number };

const LINE_END = 0x0a;

export function encodeKept({ body, ...rest }: Kept): Uint8Array<ArrayBuffer> {
  const head: Head = { ...rest, length: body.byteLength };
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(line.byteLength + body.byteLength);
  bytes.set(line);
  bytes.set(body, line.byteLength);
  return bytes;
}

/** Undefined for what {@link encodeKept} of this release did not write, or not to its end. */
export function decodeKept(bytes: Uint8Array<ArrayBuffer>): Kept | undefined {
  const end = bytes.indexOf(LINE_END);
  if (end === -1) return undefined;
  try {
    const { length, ...head } = requireHead(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))));
    const body = bytes.subarray(end + 1);
    return body.byteLength === length ? { ...head, body } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws when the value is not of the form */
function requireHead(value: unknown): Head {
  const head = value as Partial<Record<keyof Head, unknown>> | null;
  const isHead =
    typeof head?.isPublic === "boolean" &&
    Number.isFinite(head.storedAtMs) &&
    Number.isFinite(head.keepMs) &&
    Number.isFinite(head.freshMs) &&
    Number.isFinite(head.ageMs) &&
    Number.isInteger(head.length) &&
    Array.isArray(head.headers);
  if (!isHead) throw new TypeError("not a kept answer");
  return head as Head;
}
