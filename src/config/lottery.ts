/** Placeholder until H5's. */
export async function drawnArrivalMs(
  seed: string,
  ticketId: string,
  startMs: number,
  prequeueMs: number,
): Promise<number> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${seed}${ticketId}`));
  return startMs - prequeueMs + (new DataView(digest).getUint32(0) / 2 ** 32) * prequeueMs;
}
