/** Decides where in a pre-queue a ticket is drawn to, from a digest that nobody can choose. */

/** Of the longest pre-queue, a day, no millisecond is likelier than another by more than 1 in 3,000,000. */
const DRAW_BITS = 48n;
const DRAW_BYTES = 6;

/**
 * The arrival time that a ticket is drawn to: start - prequeue + floor(d / 2^48 * prequeue), where d is the first 48 bits
 * of the digest, the highest first. In whole numbers, so that every language works out the same.
 *
 * @param digest SHA-256 of the seed's bytes followed by the ticket's id
 */
export function drawnTimeMs(digest: Uint8Array, startMs: number, prequeueMs: number): number {
  let drawn = 0n;
  for (const byte of digest.subarray(0, DRAW_BYTES)) drawn = (drawn << 8n) | BigInt(byte);
  return startMs - prequeueMs + Number((drawn * BigInt(prequeueMs)) >> DRAW_BITS);
}
