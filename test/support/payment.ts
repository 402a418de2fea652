// A payment as the demo wallet takes it, and whether what its client was told is true.
import { answerKind, type Entry } from "./journal.ts";
import type { Shot } from "./load.ts";

export function payment(paymentId: string, headers: Record<string, string> = {}): Shot {
  return {
    method: "POST",
    path: "/api/pay",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ paymentId, amount: "1", currency: "HKD" }),
  };
}

/** What the client was told against what the origins counted; undefined when both agree. */
export function contradiction(entry: Entry, times: number, mayBeCut: boolean): string | undefined {
  return contradictionOf(answerKind(entry), times, mayBeCut);
}

/** The same of an answer in a word (`answerKind`). */
export function contradictionOf(kind: string, times: number, mayBeCut: boolean): string | undefined {
  const told = `${kind}, counted ${times}`;
  if (times > 1) return told;
  switch (kind) {
    case "504 outcome-unknown":
    case "no answer":
      return undefined;
    // The edge's own word that nothing was sent, or that it may be sent again.
    case "502 origin-unreachable":
    case "503 no-origin":
    case "503 busy":
    case "503 queued":
    case "503 temporary-reduced-capacity":
    case "429 quota-exceeded":
      return times === 0 ? undefined : told;
    // The region's real answer: it counts a payment before its fault strikes.
    case "201":
    case "500":
    case "503":
      return times === 1 ? undefined : told;
    case "201 cut":
      return mayBeCut && times === 1 ? undefined : told;
    default:
      return told;
  }
}
