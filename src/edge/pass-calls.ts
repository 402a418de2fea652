/** What the Room is asked about a pass: one call at a time for one question, however many requests show the pass. */
import type { Env } from "../config/env.ts";
import type { Adoption, Resumption } from "../config/room-api.ts";
import { isDown } from "../policy/exchange-pace.ts";
import { callRoom, LOOK_AGAIN_MS } from "./room-client.ts";
import type { AskedOfPass } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";

const DEADLINE_MS = 1000;

/**
 * Whether a lapsed pass still has its slot. Undefined when the Room does not answer.
 *
 * @param isAnew a new pass is made of it, for a second device of a user who is in
 */
export function askResume(
  room: RoomRuntime,
  env: Env,
  passId: string,
  isAnew: boolean,
): Promise<Resumption | undefined> {
  return askOnce(room, `resume ${isAnew} ${passId}`, () =>
    callRoom(room, env, "resume", (stub) => stub.resume(passId, isAnew), DEADLINE_MS),
  );
}

/** Whether the slot of a pass is from now on that of the user who has logged in. Undefined as above. */
export function askAdopt(
  room: RoomRuntime,
  env: Env,
  passId: string,
  userPassId: string,
): Promise<Adoption | undefined> {
  return askOnce(room, `adopt ${passId} ${userPassId}`, () =>
    callRoom(room, env, "adopt", (stub) => stub.adopt({ passId, userPassId }), DEADLINE_MS),
  );
}

/** The answer of another request that asks already, found by looking at what it leaves behind; or an own one. */
async function askOnce<Answer extends NonNullable<AskedOfPass["answer"]>>(
  { memory: { asked, pace } }: RoomRuntime,
  question: string,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const cameAtMs = Date.now();
  for (;;) {
    const nowMs = Date.now();
    const known = asked.get(question);
    if (known !== undefined && !known.isAsking && known.atMs >= cameAtMs && nowMs > cameAtMs) {
      return known.answer as Answer | undefined;
    }
    const isUnderWay = known?.isAsking === true && Math.abs(nowMs - known.atMs) < DEADLINE_MS;
    if (!isUnderWay) break;
    if (nowMs - cameAtMs >= DEADLINE_MS) return undefined;
    await scheduler.wait(LOOK_AGAIN_MS);
  }
  if (isDown(pace)) return undefined;
  asked.set(question, { isAsking: true, atMs: Date.now(), answer: undefined });
  const answer = await ask();
  asked.set(question, { isAsking: false, atMs: Date.now(), answer });
  return answer;
}
