/** The count of who waits as a compact value for storage, and back. */
import { newPresence, type Presence, restoreSpan } from "./presence.ts";

/** What storage keeps: structured-cloneable. */
export interface PresenceBlob {
  /** Variable-length numbers (LEB128): for each second, its cells by rising key, each as its step and its people. */
  readonly cells: Uint8Array;
  /** Name, sequence number, window, reported until, heard at. */
  readonly edges: readonly (readonly [string, number, number, number, number])[];
}

export function packPresence({ until, edges }: Presence): PresenceBlob {
  const bytes: number[] = [];
  write(bytes, until.size);
  let lastSecond = 0;
  for (const second of Float64Array.from(until.keys()).sort()) {
    const spans = until.get(second) ?? new Map<number, number>();
    write(bytes, second - lastSecond);
    write(bytes, spans.size);
    lastSecond = second;
    let lastKey = 0;
    for (const key of Float64Array.from(spans.keys()).sort()) {
      write(bytes, key - lastKey);
      write(bytes, spans.get(key) ?? 0);
      lastKey = key;
    }
  }
  return {
    cells: Uint8Array.from(bytes),
    edges: Array.from(edges, ([name, { seq, seen, untilMs, heardAtMs }]) => [
      name,
      seq,
      seen,
      untilMs,
      heardAtMs,
    ]),
  };
}

export function unpackPresence({ cells, edges }: PresenceBlob): Presence {
  const presence = newPresence();
  const reader = { bytes: cells, next: 0 };
  const seconds = read(reader);
  let second = 0;
  for (let left = seconds; left > 0; left -= 1) {
    second += read(reader);
    let key = 0;
    for (let spans = read(reader); spans > 0; spans -= 1) {
      key += read(reader);
      restoreSpan(presence, second, key, read(reader));
    }
  }
  for (const [name, seq, seen, untilMs, heardAtMs] of edges) {
    presence.edges.set(name, { seq, seen, untilMs, heardAtMs, lagMs: 0, hasArrivals: false });
  }
  return presence;
}

function write(bytes: number[], value: number): void {
  let left = value;
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  bytes.push(left);
}

function read(reader: { readonly bytes: Uint8Array; next: number }): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = reader.bytes[reader.next] ?? 0;
    reader.next += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
}
