import { describe, expect, it } from "vitest";
import { newRoomMemory, type RoomMemory } from "../../src/edge/room-memory.ts";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import { exchangeAnswered, exchangeBegan, exchangeFailed } from "../../src/policy/exchange-pace.ts";
import { lineToNumbers } from "../../src/policy/line.ts";
import { freezeMoves } from "../../src/policy/move-batches.ts";
import type { ClaimAnswer } from "../../src/policy/room-answers.ts";
import { laneOf } from "../../src/policy/room-known.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import type { Step, Steps } from "../../src/policy/room-steps.ts";
import { type Standing, type Stood, standInLine } from "../../src/policy/stand-in-line.ts";
import { roomOf } from "../support/room-figures.ts";

const NOW_MS = 1_800_000_000_000;
const RULES = roomOf(10);

/** So many people wait who came in the last second, those before `frontierMs` are called. */
function hear(
  memory: RoomMemory,
  { frontierMs = 0, waiting = 0, free = 0, completeMs = NOW_MS + 1, isPaused = false, nowMs = NOW_MS },
) {
  const [from, to] = [bucketOf(NOW_MS - 1000), bucketOf(NOW_MS)];
  const line = lineToNumbers({
    ...{ atMs: nowMs, edges: 2, unreportedMs: 0, completeMs },
    ...{ buckets: [from, to], before: [0, waiting] },
  });
  const pace = { kind: "unknown" } as const;
  const lane = { frontierMs, line, pace, waiting, isOpen: false, free };
  exchangeBegan(memory.pace, nowMs);
  exchangeAnswered(memory.pace, 1000, 100);
  const publication = { atMs: nowMs, lanes: { [COMMON_LANE]: lane }, isPaused, active: 10, limit: 10 };
  memory.publication = { ...publication, ended: [], lottery: undefined };
}

/** An edge that has heard of the room for a while. */
function edge(heard: Parameters<typeof hear>[1] = {}): RoomMemory {
  const memory = newRoomMemory();
  hear(memory, heard);
  memory.pace.steadySinceMs = NOW_MS - 60_000;
  return memory;
}

function ticket(change: Partial<Standing> = {}): Standing {
  const none = { lowestPosition: undefined, presentUntilSeconds: 0, lane: undefined };
  return { id: "t", arrivedAtMs: NOW_MS, ...none, ...change };
}

function stand(memory: RoomMemory, shown: Standing, isOpenOnError = false, nowMs = NOW_MS): Steps<Stood> {
  const means = { nowMs: () => nowMs, random: () => 0.5 };
  return standInLine(memory, RULES, shown, { passId: shown.id, isOpenOnError }, means);
}

/** Goes on until somebody else has to do something, or to the end. */
function carry(steps: Steps<Stood>, claimed?: ClaimAnswer): { readonly asked: Step["do"][]; stood?: Stood } {
  const asked: Step["do"][] = [];
  for (;;) {
    const next = steps.next();
    if (next.done === true) return { asked, stood: next.value };
    const step = next.value;
    asked.push(step.do);
    if (step.do === "arrival") step.arrivedAtMs = step.ticket.arrivedAtMs;
    if (step.do === "claim") step.answer = claimed;
    if (step.do === "look-again" || step.do === "exchange") return { asked };
  }
}

function told(stood: Stood | undefined) {
  if (stood?.kind !== "waiting") throw new Error(`waits, and is not ${stood?.kind}`);
  return stood;
}

describe("a ticket that is shown", () => {
  it("is told its place without a call, while it is not called", () => {
    const memory = edge({ waiting: 7 });
    const { asked, stood } = carry(stand(memory, ticket()));
    expect(asked).toEqual(["arrival", "tell"]);
    expect(told(stood)).toMatchObject({ place: { position: 8, ahead: 7 }, isNew: true });
    expect(memory.tickets.get("t")?.position).toBe(8);
  });

  it.each([
    ["no slot is free", 0, false, 25_000],
    ["there are slots for those ahead", 6000, false, 2000],
    ["there are slots for some of those ahead", 4600, false, 4000],
    ["there are slots, and nobody is let in", 6000, true, 25_000],
  ])("is to ask again by how many are to come in before it: %s", (_, free, isPaused, leastMs) => {
    const memory = edge({ waiting: 5000, free, isPaused });
    const { afterMs } = told(carry(stand(memory, ticket())).stood);
    expect(afterMs).toBeGreaterThanOrEqual(0.8 * leastMs);
    expect(afterMs).toBeLessThanOrEqual(1.1 * leastMs);
  });

  it("hears of its call by a neighbour's word, where this edge's own turn is far", () => {
    const memory = edge({ waiting: 7 });
    exchangeBegan(memory.pace, NOW_MS);
    exchangeAnswered(memory.pace, 10_000, 10_000);
    const steps = stand(memory, ticket(), false, NOW_MS + 3000);
    expect(steps.next().value).toEqual({ do: "hear" });
    // Whoever carries it has taken the neighbour's.
    hear(memory, { frontierMs: NOW_MS, waiting: 7, nowMs: NOW_MS + 2500 });
    expect(carry(steps, { kind: "admitted", untilMs: NOW_MS + 60_000 }).asked).toEqual(["arrival", "claim"]);
  });

  it("asks for its slot once it is called, and comes in", () => {
    const memory = edge({ frontierMs: NOW_MS });
    const untilMs = NOW_MS + 60_000;
    const { asked, stood } = carry(stand(memory, ticket()), { kind: "admitted", untilMs });
    expect(asked).toEqual(["arrival", "claim"]);
    expect(stood).toEqual({ kind: "in", way: "claim", untilMs, waitedMs: 0 });
    // Shown again it asks nobody.
    expect(carry(stand(memory, ticket())).asked).toEqual(["arrival"]);
  });

  it("is not claimed while nobody is let in", () => {
    const memory = edge({ frontierMs: NOW_MS, isPaused: true });
    const { asked, stood } = carry(stand(memory, ticket()));
    expect(asked).toEqual(["arrival", "tell"]);
    expect(told(stood).estimate).toEqual({ kind: "paused" });
  });

  it("waits, or comes in, when the Room does not answer: as the room's on_error says", () => {
    const queue = carry(stand(edge({ frontierMs: NOW_MS }), ticket()));
    expect(told(queue.stood).afterMs).toBe(5000);
    const open = carry(stand(edge({ frontierMs: NOW_MS }), ticket(), true));
    expect(open.stood).toMatchObject({ kind: "in", way: "open", untilMs: NOW_MS + RULES.sessionMs });
  });

  it("looks for young news first, and goes by what there is when none comes", () => {
    const memory = edge({ waiting: 3 });
    memory.pace.steadySinceMs = 0;
    const steps = stand(memory, ticket({ arrivedAtMs: NOW_MS }), false, NOW_MS + 2000);
    expect(carry(steps).asked).toEqual(["begin-exchange", "arrival", "tell"]);
  });
});

describe("a ticket that two devices show at one edge, while the first waits for all edges' arrivals", () => {
  /** The first has begun to wait; the second is told without. Then it is known how many have come at other edges too. */
  function both({ before, after }: { readonly before: number; readonly after: number }) {
    const memory = edge({ waiting: before, completeMs: NOW_MS - 500 });
    const first = stand(memory, ticket());
    expect(carry(first).asked).toEqual(["arrival", "tell", "look-again"]);
    const second = told(carry(stand(memory, ticket(), false, NOW_MS + 990)).stood);
    hear(memory, { waiting: after, completeMs: NOW_MS + 1000 });
    return { memory, second, first: told(carry(first).stood) };
  }

  it("is told no more to the one than to the other before", () => {
    const { first, second, memory } = both({ before: 4, after: 12 });
    expect(second.place).toEqual({ position: 5, ahead: 4 });
    expect(first.place).toEqual(second.place);
    expect(first.lowestPosition).toBe(5);
    expect(memory.tickets.get("t")?.position).toBe(5);
  });

  it("says the same second on both copies, where they differ little", () => {
    const { first, second } = both({ before: 4, after: 12 });
    expect(first.presentUntilSeconds).toBe(second.presentUntilSeconds);
  });

  it("is asked again by the place that is known now, and counts by that", () => {
    const { first, second } = both({ before: 190, after: 3 });
    expect(first).toMatchObject({ place: { position: 4 }, afterMs: 1800 });
    expect(second.afterMs).toBe(2600);
    expect(second.presentUntilSeconds).toBeGreaterThan(first.presentUntilSeconds);
  });

  it.each([
    { before: 4, after: 12 },
    { before: 190, after: 3 },
  ])("is counted as one person, whichever copy comes back: %o", (people) => {
    const { first, second, memory } = both(people);
    for (const { presentUntilSeconds, lowestPosition } of [first, second]) {
      carry(stand(memory, ticket({ lowestPosition, presentUntilSeconds }), false, NOW_MS + 3000));
    }
    const [batch] = freezeMoves(laneOf(memory, COMMON_LANE).moves, NOW_MS);
    const counts = new Map<number, number>();
    for (const { from, to, count } of batch?.moves ?? []) {
      counts.set(from, (counts.get(from) ?? 0) - count);
      counts.set(to, (counts.get(to) ?? 0) + count);
    }
    const present = [...counts].filter(([second, count]) => second > 1 && count !== 0);
    expect(present).toEqual([[expect.any(Number), 1]]);
  });
});

describe("a ticket at an edge that has not heard of the Room lately", () => {
  const LATER_MS = NOW_MS + 60_000;

  /** The Room has not answered for a minute. */
  function silent(): RoomMemory {
    const memory = edge({ waiting: 7 });
    exchangeBegan(memory.pace, LATER_MS);
    for (const atMs of [LATER_MS - 3, LATER_MS - 2, LATER_MS - 1]) exchangeFailed(memory.pace, atMs);
    return memory;
  }

  it("is told no number, if it was told none", () => {
    const { asked, stood } = carry(stand(silent(), ticket(), false, LATER_MS));
    expect(asked).toEqual(["arrival", "tell"]);
    expect(told(stood)).toMatchObject({ place: undefined, lowestPosition: undefined });
  });

  it("is told the number that it was told before", () => {
    const shown = ticket({ lowestPosition: 5, presentUntilSeconds: NOW_MS / 1000 + 20 });
    const { stood } = carry(stand(silent(), shown, false, LATER_MS));
    expect(told(stood)).toMatchObject({ place: { position: 5, ahead: 4 }, lowestPosition: 5 });
  });

  it("waits for all edges' arrivals before it is told its first number, when the Room is back", () => {
    const memory = silent();
    const { presentUntilSeconds } = told(carry(stand(memory, ticket(), false, LATER_MS)).stood);
    hear(memory, { waiting: 7, completeMs: LATER_MS - 500, nowMs: LATER_MS });
    memory.pace.steadySinceMs = LATER_MS;
    const again = stand(memory, ticket({ presentUntilSeconds }), false, LATER_MS + 500);
    expect(carry(again).asked).toEqual(["arrival", "tell", "exchange"]);
  });
});

describe("a claim", () => {
  it("takes no slot after its edge has ceased to wait, by the room's clock", () => {
    const memory = edge({ frontierMs: NOW_MS });
    memory.skewMs = 700;
    const steps = stand(memory, ticket());
    for (let next = steps.next(); next.done !== true; next = steps.next()) {
      const step = next.value;
      if (step.do === "arrival") step.arrivedAtMs = step.ticket.arrivedAtMs;
      if (step.do !== "claim") continue;
      expect(step.claim.answerByMs).toBe(NOW_MS + 700 + 1500);
      return;
    }
    expect.unreachable("it asks for its slot");
  });
});
