/** Why ejection never takes out the last origin of a pool. */
import { type Ejection, isOut } from "./ejection.ts";

/** What there is to know of each origin of a pool when one of them is to be ejected. */
export interface EjectionCandidate {
  /** Out for another reason: probes, maintenance, or no weight. */
  readonly isOutOtherwise: boolean;
  readonly ejection: Ejection;
}

/** Whether the origin may be ejected: never the last one that is left. Ask before the event `failing`. */
export function mayEject(pool: readonly EjectionCandidate[], origin: number): boolean {
  return pool.some((other, index) => index !== origin && !other.isOutOtherwise && !isOut(other.ejection));
}

/**
 * Which ejections hold, by origin. When the last other origin goes out while one is ejected, or two edges ejected two
 * origins at one time, nobody would be left: then the ejection that is nearest to its end does not hold, and that origin
 * takes traffic as if it had never been ejected.
 */
export function ejectionsInForce(pool: readonly EjectionCandidate[]): boolean[] {
  const inForce = pool.map(({ ejection }) => isOut(ejection));
  const someoneIsLeft = pool.some(({ isOutOtherwise }, index) => !isOutOtherwise && !inForce[index]);
  if (someoneIsLeft) return inForce;
  let lifted = -1;
  let earliestMs = Number.POSITIVE_INFINITY;
  pool.forEach(({ isOutOtherwise, ejection }, index) => {
    const endsAtMs = ejection.kind === "ejected" ? ejection.endsAtMs : 0;
    if (isOutOtherwise || endsAtMs >= earliestMs) return;
    lifted = index;
    earliestMs = endsAtMs;
  });
  return inForce.map((holds, index) => holds && index !== lifted);
}
