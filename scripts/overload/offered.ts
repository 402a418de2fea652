/** An open loop of users before a room: each asks by the clock, whether answers come or not, stays a while once in, and leaves. */
import { Crowd, type CrowdOptions, sleep, type Visitor } from "../lib/crowd.ts";

export interface Offer {
  readonly users: number;
  /** Between two requests of a user. */
  readonly everyMs: number;
  /** From coming in to leaving, in the mean; a new user takes the place. */
  readonly stayMs: number;
  readonly durationMs: number;
}

export interface Shot {
  /** When it was due, from the start of the run. */
  readonly dueMs: number;
  /** From then to the end of its answer. */
  readonly tookMs: number;
  /** `queued`: a place in line instead of an answer; `failed`: none, or another than 200. */
  readonly end: "served" | "queued" | "failed";
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
    let end: Shot["end"] = "failed";
    try {
      if (visitor === undefined) {
        seats.set(seat, "coming");
        const index = joined++;
        const comer = await crowd.join(index);
        seats.set(seat, comer);
        if (comer.admittedAtMs !== undefined) end = "served";
        else if (comer.ticket !== undefined) end = "queued";
      } else if (visitor !== "coming") {
        const isOver =
          visitor.admittedAtMs !== undefined &&
          performance.now() - visitor.admittedAtMs >= stayOf(visitor.index, stayMs);
        if (isOver) {
          seats.delete(seat);
          await crowd.send(visitor, "/.tidegate/queue/main/leave", "POST");
          return;
        }
        const { status, json } = await crowd.ask(visitor);
        if (status === 200) end = "served";
        else if (json?.room !== undefined) end = "queued";
      } else return;
    } catch {
      if (seats.get(seat) === "coming") seats.delete(seat);
    }
    shots.push({ dueMs, tookMs: performance.now() - startMs - dueMs, end });
  };

  // Neighbours in time are strangers: those who came in together must not ask in one burst.
  const stride = strideOf(users);
  const gapMs = everyMs / users;
  for (let number = 0; number * gapMs < durationMs; number++) {
    const dueMs = number * gapMs;
    const aheadMs = startMs + dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    fired.push(shoot((number * stride) % users, dueMs));
  }
  await Promise.all(fired);
  crowd.close();
  return shots;
}

/** Between two thirds and four thirds of the mean, spread evenly. */
function stayOf(index: number, meanMs: number): number {
  return meanMs * (2 / 3 + (2 / 3) * ((index * GOLDEN) % 1));
}

/** A step that visits each of so many in turn, far from the last one. */
function strideOf(count: number): number {
  let stride = Math.max(1, Math.round(count * GOLDEN));
  while (greatestDivisor(stride, count) !== 1) stride += 1;
  return stride;
}

/** The golden ratio's fractional part. */
const GOLDEN = 0.618034;

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
