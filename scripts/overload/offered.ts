/** An open loop of users before a room: each asks by the clock, whether answers come or not, stays a while once in, and leaves. */
import { Crowd, type CrowdOptions, sleep, type Visitor } from "../lib/crowd.ts";

export interface Offer {
  readonly users: number;
  /** Between two requests of a user. */
  readonly everyMs: number;
  /** From coming in to leaving; a new user takes the place. */
  readonly stayMs: number;
  readonly durationMs: number;
}

export interface Shot {
  /** When it was due, from the start of the run. */
  readonly dueMs: number;
  /** From then to the end of its answer. */
  readonly tookMs: number;
  /** 0: no answer. */
  readonly status: number;
}

/** Resolves when all answers are there. */
export async function offer(crowdOptions: CrowdOptions, options: Offer): Promise<Shot[]> {
  const { users, everyMs, stayMs, durationMs } = options;
  const crowd = new Crowd(crowdOptions);
  const seats = new Map<number, Visitor | "coming">();
  const shots: Shot[] = [];
  const fired: Promise<void>[] = [];
  const startMs = performance.now();
  let joined = 0;

  const shoot = async (seat: number, dueMs: number): Promise<void> => {
    const visitor = seats.get(seat);
    let status = 0;
    try {
      if (visitor === undefined) {
        seats.set(seat, "coming");
        const index = joined++;
        const comer = await crowd.join(index);
        seats.set(seat, comer);
        status = comer.admittedAtMs === undefined ? 503 : 200;
      } else if (visitor !== "coming") {
        const isOver =
          visitor.admittedAtMs !== undefined && performance.now() - visitor.admittedAtMs >= stayMs;
        if (isOver) {
          seats.delete(seat);
          await crowd.send(visitor, "/.tidegate/queue/main/leave", "POST");
          return;
        }
        ({ status } = await crowd.ask(visitor));
      } else return;
    } catch {
      if (seats.get(seat) === "coming") seats.delete(seat);
    }
    shots.push({ dueMs, tookMs: performance.now() - startMs - dueMs, status });
  };

  const gapMs = everyMs / users;
  for (let number = 0; number * gapMs < durationMs; number++) {
    const dueMs = number * gapMs;
    const aheadMs = startMs + dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    fired.push(shoot(number % users, dueMs));
  }
  await Promise.all(fired);
  crowd.close();
  return shots;
}
