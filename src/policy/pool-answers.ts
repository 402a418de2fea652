/** Whether the pool behind a room fails as all edges see it, and not only the one that says so. */

/** Answers of the pool, as edges have told them. */
export interface Answers {
  readonly requests: number;
  /** Of them, those that the pool turned away or did not answer. */
  readonly failures: number;
}

/** Those of the last seconds, by the second in which they were told. Changed in place. */
export type AnswersTold = Map<number, Answers>;

/** As long as trouble lasts that nothing prolongs. */
const WINDOW_S = 3;
/**
 * Of all edges' answers. An edge's own sign is a twentieth of two of its seconds (`self-protection.ts`), which are some of
 * the four that the window is about: a single edge always agrees with itself.
 */
const SHARE = 0.02;

export function noteAnswers(told: AnswersTold, answers: Answers | undefined, nowMs: number): void {
  const second = Math.floor(nowMs / 1000);
  for (const one of told.keys()) if (Math.abs(second - one) >= WINDOW_S) told.delete(one);
  if (answers === undefined) return;
  const { requests, failures } = told.get(second) ?? { requests: 0, failures: 0 };
  told.set(second, { requests: requests + answers.requests, failures: failures + answers.failures });
}

/**
 * Whether an edge's sign of trouble is everybody's. Of thousands of edges with a request a second each, one failure is a
 * sign at its edge, and some edge has one at any time.
 *
 * @param answers of the edge that sees trouble; one of a release before tells none, and is believed
 */
export function isAgreed(told: AnswersTold, answers: Answers | undefined): boolean {
  if (answers === undefined) return true;
  const { requests, failures } = sumOf(told);
  return failures >= Math.max(1, SHARE * requests);
}

/** The share of the answers that were failures, 0 to 1; 1 where nothing is known but that the pool fails. */
export function failingShare(told: AnswersTold): number {
  const { requests, failures } = sumOf(told);
  return requests === 0 ? 1 : failures / requests;
}

function sumOf(told: AnswersTold): Answers {
  let [requests, failures] = [0, 0];
  for (const second of told.values()) {
    requests += second.requests;
    failures += second.failures;
  }
  return { requests, failures };
}
