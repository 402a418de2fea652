// Bytes that anybody can make again: a block of fixed noise of prime length, repeated.
import { createHash } from "node:crypto";

/** Prime, so that no power-of-two chunk of the stream looks like another. */
const BLOCK_BYTES = 65_521;
const BLOCK = makeBlock();

export function* deterministicBytes(length: number): Generator<Buffer> {
  for (let sent = 0; sent < length; sent += BLOCK_BYTES) {
    yield BLOCK.subarray(0, Math.min(BLOCK_BYTES, length - sent));
  }
}

export function sha256OfBytes(length: number): string {
  const hash = createHash("sha256");
  for (const chunk of deterministicBytes(length)) hash.update(chunk);
  return hash.digest("hex");
}

function makeBlock(): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  // Marsaglia's xorshift32, seed and shifts of the paper (J. Stat. Soft. 8(14), 2003).
  let state = 2_463_534_242;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block[index] = state & 0xff;
  }
  return block;
}
