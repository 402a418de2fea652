/** An open loop of clients, of whom none waits for another; what failed they may send again, half a second apart. */
import { Agent } from "node:http";
import { exchange, sleep } from "../lib/crowd.ts";

const RETRY_AFTER_MS = 500;

export interface Wish {
  /** When it was first due, from the start of the run. */
  readonly dueMs: number;
  /** Whether it was answered well in the end. */
  readonly isGood: boolean;
  readonly tries: number;
  /** From when it was due to the end of its last answer. */
  readonly tookMs: number;
}

export interface Wishes {
  readonly urls: readonly string[];
  readonly path: string;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** How often one is sent again at the most. */
  readonly retries: number;
  /** Nothing new is sent from then on. */
  readonly signal?: AbortSignal;
  readonly onEnd?: (wish: Wish) => void;
}

/** Resolves when each wish is fulfilled or given up. */
export async function wish({
  urls,
  path,
  ratePerSecond,
  durationMs,
  retries,
  signal,
  onEnd,
}: Wishes): Promise<Wish[]> {
  const agent = new Agent({ keepAlive: true });
  const startMs = performance.now();
  const fulfil = async (number: number, dueMs: number): Promise<Wish> => {
    for (let tries = 1; ; tries++) {
      const url = urls[number % urls.length] ?? "";
      const isGood = await exchange(agent, url, path, "GET", {}).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isGood || tries > retries) {
        return { dueMs, isGood, tries, tookMs: performance.now() - startMs - dueMs };
      }
      await sleep(RETRY_AFTER_MS);
    }
  };
  const fired: Promise<Wish>[] = [];
  for (let number = 0; (number * 1000) / ratePerSecond < durationMs && !signal?.aborted; number++) {
    const dueMs = (number * 1000) / ratePerSecond;
    const aheadMs = startMs + dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    fired.push(
      fulfil(number, dueMs).then((ended) => {
        onEnd?.(ended);
        return ended;
      }),
    );
  }
  const wishes = await Promise.all(fired);
  agent.destroy();
  return wishes;
}

/** The share of the wishes due in a span that were fulfilled. */
export function goodShare(wishes: readonly Wish[], fromMs: number, toMs: number): number {
  const due = wishes.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs);
  return due.filter(({ isGood }) => isGood).length / due.length;
}

/** From a moment on, the seconds until the share stays at least this high for the rest of the run. */
export function recoveredAfterSeconds(
  wishes: readonly Wish[],
  fromMs: number,
  endMs: number,
  share: number,
): number {
  const lastSecond = Math.floor((endMs - fromMs) / 1000);
  let recovered = lastSecond;
  for (let second = lastSecond - 1; second >= 0; second--) {
    if (goodShare(wishes, fromMs + second * 1000, fromMs + (second + 1) * 1000) < share) break;
    recovered = second;
  }
  return recovered;
}
