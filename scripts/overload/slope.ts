/** The slope of a line through points that single points far off do not turn: the median of all pairs' (Theil–Sen). */
import { percentile } from "../lib/percentile.ts";

/** @param points x and y, of which no two have the same x */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x, y], at) =>
    points.slice(at + 1).map(([otherX, otherY]) => (otherY - y) / (otherX - x)),
  );
  return percentile(slopes, 0.5);
}
