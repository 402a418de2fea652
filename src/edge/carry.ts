/** Carries the ways through a room: does what they ask for, with calls of this edge and its clock. */
import type { Env } from "../config/env.ts";
import type { LateClaim } from "../config/room-api.ts";
import { ASK_DEADLINE_MS } from "../policy/ask-once.ts";
import { CLAIM_DEADLINE_MS, FAILED_POLL_MS } from "../policy/claim-once.ts";
import type { ClaimAnswer } from "../policy/room-answers.ts";
import type { ClaimStep, Means, Step, Steps } from "../policy/room-steps.ts";
import { effectiveArrivalMs } from "./effective-arrival.ts";
import { joinPlaces } from "./places-client.ts";
import { hearNeighbour } from "./publication-cache.ts";
import { randomHex } from "./random.ts";
import { callRoom, exchangeRoom } from "./room-client.ts";
import { seeToTelling } from "./room-duty.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { Visit } from "./visit.ts";

type Behind = Pick<Visit, "waitUntil">;

/** How often a request looks whether another's call is back. */
const LOOK_AGAIN_MS = 2;
/** How often each of those who wait for a merge looks: they may be hundreds. */
const LOOK_FOR_MERGE_MS = 20;
/** A slot that came too late is to be given back; nobody waits for it. */
const TAKE_BACK_DEADLINE_MS = 5000;

export const MEANS: Means = { nowMs: () => Date.now(), random: () => Math.random() };

/** Never rejects. */
export async function carry<Result>(
  steps: Steps<Result>,
  visit: Behind,
  env: Env,
  room: RoomRuntime,
): Promise<Result> {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    const done = carryOut(next.value, visit, env, room);
    if (done !== undefined) await done;
  }
}

/** Undefined for what is done at once. */
function carryOut(step: Step, visit: Behind, env: Env, room: RoomRuntime): Promise<unknown> | undefined {
  switch (step.do) {
    case "look-again":
      return scheduler.wait(step.at === "call" ? LOOK_AGAIN_MS : LOOK_FOR_MERGE_MS);
    case "exchange":
      return exchangeRoom(room, env, visit.waitUntil);
    case "begin-exchange":
      visit.waitUntil(exchangeRoom(room, env, visit.waitUntil));
      return undefined;
    case "hear":
      return hearNeighbour(room, env);
    case "tell":
      seeToTelling(room, env, visit.waitUntil, Date.now());
      return undefined;
    case "claim":
      return claim(step, visit, env, room);
    default:
      return ask(step, env, room);
  }
}

async function claim(step: ClaimStep, { waitUntil }: Behind, env: Env, room: RoomRuntime): Promise<void> {
  const claiming = { ...step.claim, attempt: randomHex(8) };
  let asked: Promise<ClaimAnswer> | undefined;
  const answer = await callRoom(
    room,
    env,
    "claim",
    (stub) => {
      asked = stub.claim(claiming);
      return asked;
    },
    CLAIM_DEADLINE_MS,
  );
  step.answer = answer;
  // Where the room lets in whoever it cannot answer, the slot is the user's.
  if (answer === undefined && asked !== undefined && room.onError !== "open") {
    waitUntil(takeBackLate(claiming, asked, env, room));
  }
}

async function takeBackLate(
  { ticketId, passId, attempt }: Pick<LateClaim, "ticketId" | "passId" | "attempt">,
  asked: Promise<ClaimAnswer>,
  env: Env,
  room: RoomRuntime,
): Promise<void> {
  const late = await asked.catch(() => undefined);
  if (late?.kind !== "admitted") return;
  const what = { ticketId, passId, attempt, pollAfterMs: FAILED_POLL_MS };
  await callRoom(room, env, "unclaim", (stub) => stub.unclaim(what), TAKE_BACK_DEADLINE_MS);
}

async function ask(
  step: Extract<Step, { do: "arrival" | "resume" | "adopt" | "join" }>,
  env: Env,
  room: RoomRuntime,
): Promise<void> {
  switch (step.do) {
    case "arrival":
      step.arrivedAtMs = await effectiveArrivalMs(room, step.ticket);
      return;
    case "resume": {
      const { passId, isAnew } = step;
      const resume = (stub: Asked) => stub.resume(passId, isAnew);
      step.answer = await callRoom(room, env, "resume", resume, ASK_DEADLINE_MS);
      return;
    }
    case "adopt": {
      const { passId, userPassId } = step;
      const adopt = (stub: Asked) => stub.adopt({ passId, userPassId });
      step.answer = await callRoom(room, env, "adopt", adopt, ASK_DEADLINE_MS);
      return;
    }
    case "join":
      step.answer = await joinPlaces(room, env, step.place);
  }
}

type Asked = Parameters<Parameters<typeof callRoom>[3]>[0];
