/** What the Room is asked about a pass: one call at a time for one question, however many requests show the pass. */
import { isDown } from "./exchange-pace.ts";
import type { Adoption, Resumption } from "./room-answers.ts";
import type { RoomKnown } from "./room-known.ts";
import type { AdoptStep, Means, ResumeStep, Steps } from "./room-steps.ts";

export const ASK_DEADLINE_MS = 1000;

type Asked = Pick<RoomKnown, "asked" | "pace">;

/**
 * Whether a lapsed pass still has its slot. Undefined when the Room does not answer.
 *
 * @param isAnew a new pass is made of it, for a second device of a user who is in
 */
export function askResume(
  known: Asked,
  passId: string,
  isAnew: boolean,
  means: Means,
): Steps<Resumption | undefined> {
  const step: ResumeStep = { do: "resume", passId, isAnew, answer: undefined };
  return askOnce(known, `resume ${isAnew} ${passId}`, step, means);
}

/** Whether the slot of a pass is from now on that of the user who has logged in. Undefined as above. */
export function askAdopt(
  known: Asked,
  passId: string,
  userPassId: string,
  means: Means,
): Steps<Adoption | undefined> {
  const step: AdoptStep = { do: "adopt", passId, userPassId, answer: undefined };
  return askOnce(known, `adopt ${passId} ${userPassId}`, step, means);
}

/** The answer of another request that asks already, found by looking at what it leaves behind; or an own one. */
function* askOnce<Question extends ResumeStep | AdoptStep>(
  { asked, pace }: Asked,
  question: string,
  step: Question,
  { nowMs }: Means,
): Steps<Question["answer"]> {
  const cameAtMs = nowMs();
  for (;;) {
    const known = asked.get(question);
    const lookedAtMs = nowMs();
    if (known !== undefined && !known.isAsking && known.atMs >= cameAtMs && lookedAtMs > cameAtMs) {
      return known.answer as Question["answer"];
    }
    const isUnderWay = known?.isAsking === true && Math.abs(lookedAtMs - known.atMs) < ASK_DEADLINE_MS;
    if (!isUnderWay) break;
    if (lookedAtMs - cameAtMs >= ASK_DEADLINE_MS) return undefined;
    yield { do: "look-again", at: "call" };
  }
  if (isDown(pace)) return undefined;
  asked.set(question, { isAsking: true, atMs: nowMs(), answer: undefined });
  yield step;
  asked.set(question, { isAsking: false, atMs: nowMs(), answer: step.answer });
  return step.answer;
}
