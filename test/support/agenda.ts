/** Virtual time. */

/** Things to do, by time; of the same time, in the order in which they were noted. */
export class Agenda {
  nowMs = 0;
  #count = 0;
  readonly #heap: { readonly atMs: number; readonly order: number; readonly act: () => void }[] = [];

  in(afterMs: number, act: () => void): void {
    this.at(this.nowMs + afterMs, act);
  }

  at(atMs: number, act: () => void): void {
    const heap = this.#heap;
    heap.push({ atMs, order: this.#count++, act });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** What is left is not done. */
  stop(): void {
    this.#heap.length = 0;
  }

  /** Until nothing is left to do, or until a time. */
  run(untilMs = Number.POSITIVE_INFINITY): void {
    while ((this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
      const next = this.#pop();
      if (next === undefined) return;
      this.nowMs = next.atMs;
      next.act();
    }
  }

  #pop() {
    const heap = this.#heap;
    this.#swap(0, heap.length - 1);
    const first = heap.pop();
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
