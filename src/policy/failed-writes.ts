/** Where an edge sends no write: origins whose last attempt from this edge failed to connect or to answer. */
import { type AttemptOutcome, isGatewayFailure } from "./outcome.ts";

/** What an edge remembers of its attempts at one origin. */
export interface WriteTrust {
  /** Epoch milliseconds of the failure that stands against the origin; 0 when none does. */
  failedAtMs: number;
}

export function trusted(): WriteTrust {
  return { failedAtMs: 0 };
}

/**
 * Notes one attempt in place. Only what *began* after the failure clears it: an answer to an earlier request may have
 * been on its way before the origin broke. A write in flight that answers does not clear either.
 *
 * @param kind what was sent; a probe is one that the monitor made
 */
export function noteAttempt(
  trust: WriteTrust,
  kind: "read" | "write" | "probe",
  outcome: AttemptOutcome,
  startedAtMs: number,
  nowMs: number,
): void {
  if (failedToAnswer(outcome)) {
    // A probe's failure is the monitor's matter: it was not made from this edge.
    if (kind !== "probe") trust.failedAtMs = nowMs;
    return;
  }
  const isProof = kind !== "write" && outcome.kind === "answered" && outcome.status < 500;
  if (isProof && startedAtMs >= trust.failedAtMs) trust.failedAtMs = 0;
}

function failedToAnswer(outcome: AttemptOutcome): boolean {
  switch (outcome.kind) {
    case "disconnected":
    case "timed-out":
    case "truncated":
      return true;
    case "answered":
      return isGatewayFailure(outcome.status);
    case "client-gone":
      return false;
  }
}

/** One origin, for a write that is to be placed. */
export interface WriteCandidate {
  /** It may take writes as far as health and overrides go. */
  readonly takesWrites: boolean;
  readonly trust: WriteTrust;
}

/**
 * Which origins this write may go to, by index: while one that takes writes has nothing against it, none that has. When
 * all have, all may, since a write that reaches nobody helps nobody.
 */
export function writableOrigins(candidates: readonly WriteCandidate[]): boolean[] {
  const isClean = ({ takesWrites, trust }: WriteCandidate): boolean => takesWrites && trust.failedAtMs === 0;
  const someoneIsClean = candidates.some(isClean);
  return candidates.map((candidate) => (someoneIsClean ? isClean(candidate) : candidate.takesWrites));
}
