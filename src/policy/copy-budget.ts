/** How many answers an edge copies in a time: each at most once, and all together within a number of bytes. */

export interface CopyBudget {
  readonly keys: Set<string>;
  bytes: number;
  endsAtMs: number;
}

/** What is copied again after so long: a kept answer is at most this much older than the last good one. */
export const COPY_AGAIN_MS = 10_000;
/** A copy waits in memory for a slow client; an isolate has 128 MiB for everything. */
export const MOST_BYTES = 16 * 1024 * 1024;
const MOST_KEYS = 1_000;

export function noCopies(): CopyBudget {
  return { keys: new Set(), bytes: 0, endsAtMs: 0 };
}

/** Whether this answer may be copied now; if so it counts. */
export function takeCopy(budget: CopyBudget, key: string, bytes: number, nowMs: number): boolean {
  // The clock of a machine may be set back.
  if (nowMs >= budget.endsAtMs || nowMs < budget.endsAtMs - COPY_AGAIN_MS) {
    budget.keys.clear();
    budget.bytes = 0;
    budget.endsAtMs = nowMs + COPY_AGAIN_MS;
  }
  const { keys } = budget;
  if (keys.has(key) || keys.size >= MOST_KEYS || budget.bytes + bytes > MOST_BYTES) return false;
  keys.add(key);
  budget.bytes += bytes;
  return true;
}

/** The copy came to nothing: the next answer is copied again. Its bytes stay counted, as they were held. */
export function giveUpCopy(budget: CopyBudget, key: string): void {
  budget.keys.delete(key);
}
