/** The draw of an event's line: whoever knows the seed works out the same places. */
import { drawnTimeMs } from "../policy/lottery.ts";

/** Bytes of a seed: nobody finds it by trying before it is published. */
const SEED_BYTES = 32;

export function isSeed(text: string): boolean {
  return new RegExp(`^[0-9a-f]{${2 * SEED_BYTES}}$`).test(text);
}

/** A seed that nobody knows. Only inside a request: module scope has no random. */
export function newSeed(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
}

/** SHA-256 of the seed's bytes, hex: published before the draw, so that the seed cannot be chosen after it. */
export async function commitmentOf(seedHex: string): Promise<string> {
  return hexOf(await sha256(bytesOf(seedHex)));
}

/** The arrival time that the seed draws a ticket to, within the pre-queue. */
export async function drawnArrivalMs(
  seedHex: string,
  ticketId: string,
  startMs: number,
  prequeueMs: number,
): Promise<number> {
  const digest = await sha256(bytesOf(seedHex), new TextEncoder().encode(ticketId));
  return drawnTimeMs(digest, startMs, prequeueMs);
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

// Node 24, which the command runs on, has no Uint8Array.prototype.toHex.
function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
