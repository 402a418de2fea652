/** An open loop of users before a room: each asks by the clock, whether answers come or not, stays a while once in, and leaves. */
import { Crowd, type CrowdOptions, sleep, type Visitor } from "../lib/crowd.ts";

export interface Offer {
  readonly users: number;
  /** Between two requests of a user, in the mean. */
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
  const shots: Shot[] = [];
  const fired: Promise<void>[] = [];
  const startMs = performance.now();
  let joined = 0;

  /** One seat, and those who sit in it one after another. */
  const sit = async (seat: number): Promise<void> => {
    let visitor: Visitor | "coming" | undefined;
    const shoot = async (dueMs: number): Promise<void> => {
      let end: Shot["end"] = "failed";
      try {
        if (visitor === undefined) {
          visitor = "coming";
          const comer = await crowd.join(joined++);
          visitor = comer;
          if (comer.admittedAtMs !== undefined) end = "served";
          else if (comer.ticket !== undefined) end = "queued";
        } else if (visitor !== "coming") {
          const leaver = visitor;
          if (isOver(leaver, stayMs)) {
            visitor = undefined;
            await crowd.send(leaver, "/.tidegate/queue/main/leave", "POST");
            return;
          }
          const { status, json } = await crowd.ask(leaver);
          if (status === 200) end = "served";
          else if (json?.room !== undefined) end = "queued";
        } else return;
      } catch {
        if (visitor === "coming") visitor = undefined;
      }
      shots.push({ dueMs, tookMs: performance.now() - startMs - dueMs, end });
    };
    const random = spread(seat);
    // People do not keep step: with pauses of one length those who came in together would ask in one burst for ever.
    for (let dueMs = (everyMs * seat) / users; dueMs < durationMs; dueMs += everyMs * (0.5 + random())) {
      const aheadMs = startMs + dueMs - performance.now();
      if (aheadMs > 1) await sleep(aheadMs);
      fired.push(shoot(dueMs));
    }
  };
  await Promise.all(Array.from({ length: users }, (_, seat) => sit(seat)));
  await Promise.all(fired);
  crowd.close();
  return shots;
}

/** Stays are between two thirds and four thirds of the mean. */
function isOver({ index, admittedAtMs }: Visitor, meanMs: number): boolean {
  if (admittedAtMs === undefined) return false;
  return performance.now() - admittedAtMs >= meanMs * (2 / 3 + (2 / 3) * ((index * GOLDEN) % 1));
}

/** The golden ratio's fractional part. */
const GOLDEN = 0.618034;

/** Numbers in [0, 1) that are spread evenly, the same ones in each run; another seat has others. */
function spread(seat: number): () => number {
  let at = (seat * Math.SQRT2) % 1;
  return () => {
    at = (at + GOLDEN) % 1;
    return at;
  };
}
