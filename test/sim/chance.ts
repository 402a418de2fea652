/** A world's only source of chance: the same seed draws the same, whatever machine and time. */
import { randomFrom } from "../support/lease-model.ts";

export class Chance {
  /** In [0, 1). */
  readonly draw: () => number;

  constructor(seed: number) {
    this.draw = randomFrom(seed);
  }

  happens(share: number): boolean {
    return share > 0 && this.draw() < share;
  }

  between(least: number, most: number): number {
    return least + this.draw() * (most - least);
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.draw() * (most - least + 1));
  }

  one<T>(of: readonly T[]): T {
    const found = of[Math.floor(this.draw() * of.length)];
    if (found === undefined) throw new Error("nothing to draw from");
    return found;
  }

  /** Milliseconds until the next of events that come independently of each other. */
  gapMs(perSecond: number): number {
    return perSecond <= 0 ? Number.POSITIVE_INFINITY : (-Math.log(1 - this.draw()) * 1000) / perSecond;
  }
}
