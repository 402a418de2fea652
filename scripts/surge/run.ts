/** Sends a surge: users come at their times whatever the answers are, wait as they are told, stay for a while, and go. */
import { Crowd, sleep } from "../lib/crowd.ts";
import { arrivalTimes, type Profile } from "./profile.ts";
import { type Report, Tally } from "./tally.ts";

export interface Surge {
  readonly urls: readonly string[];
  readonly path: string;
  readonly room: string;
  readonly profile: Profile;
  /** Newcomers a second at the peak. */
  readonly peak: number;
  readonly durationMs: number;
  readonly stayMs: number;
  /** Between two requests of a user who is in. */
  readonly everyMs: number;
  /** Sent with each request of a user. */
  readonly headersOf: (user: number) => Record<string, string>;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
  /** Once a second. */
  readonly onSecond?: (tally: Tally) => void;
}

/** Whatever is asked for: one sender is no botnet. */
export const MOST = { perSecond: 500, minutes: 10, users: 50_000 } as const;
const SOCKETS = 2000;
/** Users who are in at the end are not waited for longer than this. */
const LAST_ANSWERS_MS = 2000;

export async function runSurge(surge: Surge): Promise<Report> {
  const { signal } = surge;
  const tally = new Tally();
  const crowd = new Crowd({
    urls: [...surge.urls],
    path: surge.path,
    room: surge.room,
    headersOf: surge.headersOf,
    sockets: SOCKETS,
    onAnswer: (answer, sentAtMs) => tally.answered(answer, sentAtMs),
  });
  let inside = 0;
  const user = async (index: number) => {
    const visitor = await crowd.join(index).catch(() => undefined);
    // Denied, or without an answer: this user goes, and others come.
    if (visitor === undefined || (visitor.ticket === undefined && visitor.admittedAtMs === undefined)) return;
    await crowd.wait(visitor);
    if (visitor.admittedAtMs === undefined) return;
    inside += 1;
    // Not all alike, or whoever came in together would leave together.
    const forMs = surge.stayMs * (0.5 + Math.random());
    await crowd.stay(visitor, { forMs, everyMs: surge.everyMs });
    inside -= 1;
  };
  const looking = setInterval(() => {
    tally.look(crowd.visitors, inside);
    surge.onSecond?.(tally);
  }, 1000);
  const users: Promise<void>[] = [];
  for (const [index, atMs] of arrivalTimes(surge.profile, surge.peak, surge.durationMs).entries()) {
    const aheadMs = atMs - tally.elapsedMs;
    if (aheadMs > 0) await sleepUntil(aheadMs, signal);
    if (signal?.aborted) break;
    tally.came(Math.max(0, tally.elapsedMs - atMs));
    users.push(user(index));
  }
  await sleepUntil(surge.durationMs - tally.elapsedMs, signal);
  tally.look(crowd.visitors, inside);
  const report = tally.report(crowd.visitors);
  clearInterval(looking);
  crowd.close();
  await Promise.race([Promise.all(users), sleep(LAST_ANSWERS_MS)]);
  return report;
}

async function sleepUntil(afterMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (afterMs <= 0 || signal?.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, afterMs);
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  clearTimeout(timer);
}
