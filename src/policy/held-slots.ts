/** Slots that edges hold, by edge, with their sums and the first end: counting them walks over no edges. */

interface Held {
  /** By lane. Not changed in place: whoever has others is set anew. */
  readonly slots: ReadonlyMap<string, number>;
  readonly untilMs: number;
}

/** By edge. */
export class HeldSlots<Holding extends Held> extends Map<string, Holding> {
  #all = 0;
  readonly #byLane = new Map<string, number>();
  /** Nothing is over before. It may be too early, as who renews is not looked for. */
  #firstEndMs = Number.POSITIVE_INFINITY;

  override set(edge: string, holding: Holding): this {
    this.#count(this.get(edge), -1);
    this.#count(holding, 1);
    this.#firstEndMs = Math.min(this.#firstEndMs, holding.untilMs);
    return super.set(edge, holding);
  }

  override delete(edge: string): boolean {
    this.#count(this.get(edge), -1);
    return super.delete(edge);
  }

  override clear(): void {
    for (const edge of [...this.keys()]) this.delete(edge);
  }

  /** Slots of a lane, or of all. */
  count(lane?: string): number {
    return lane === undefined ? this.#all : (this.#byLane.get(lane) ?? 0);
  }

  /** Takes out those whose time is over. Walks over all once in the time for which they are held, and not with each call. */
  takeOver(nowMs: number): (readonly [edge: string, holding: Holding])[] {
    if (nowMs < this.#firstEndMs) return [];
    const over: (readonly [string, Holding])[] = [];
    let firstEndMs = Number.POSITIVE_INFINITY;
    for (const [edge, holding] of this) {
      if (nowMs >= holding.untilMs) over.push([edge, holding]);
      else firstEndMs = Math.min(firstEndMs, holding.untilMs);
    }
    for (const [edge] of over) this.delete(edge);
    this.#firstEndMs = firstEndMs;
    return over;
  }

  #count(holding: Holding | undefined, by: 1 | -1): void {
    if (holding === undefined) return;
    for (const [lane, slots] of holding.slots) {
      this.#all += by * slots;
      const left = (this.#byLane.get(lane) ?? 0) + by * slots;
      if (left === 0) this.#byLane.delete(lane);
      else this.#byLane.set(lane, left);
    }
  }
}
