/** Virtual time. */

type Act = () => void;

/** Children of a node: fewer levels than with two, and all of a node's lie beside each other in memory. */
const ARITY = 4;

/** Things to do, by time; of the same time, in the order in which they were noted. */
export class Agenda {
  nowMs = 0;
  #count = 0;
  // A heap as three columns: a big world has a million entries, and numbers beside each other are found faster than objects.
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #acts: Act[] = [];

  in(afterMs: number, act: Act): void {
    this.at(this.nowMs + afterMs, act);
  }

  at(atMs: number, act: Act): void {
    const order = this.#count++;
    const [times, orders, acts] = [this.#times, this.#orders, this.#acts];
    let at = times.length;
    times.push(atMs);
    orders.push(order);
    acts.push(act);
    while (at > 0) {
      const parent = Math.floor((at - 1) / ARITY);
      // What is noted later comes later at the same time.
      if ((times[parent] as number) <= atMs) break;
      this.#move(parent, at);
      at = parent;
    }
    times[at] = atMs;
    orders[at] = order;
    acts[at] = act;
  }

  /** What is left is not done. */
  stop(): void {
    for (const column of [this.#times, this.#orders, this.#acts]) column.length = 0;
  }

  /** Until nothing is left to do, or until a time. */
  run(untilMs = Number.POSITIVE_INFINITY): void {
    for (;;) {
      const atMs = this.#times[0];
      if (atMs === undefined || atMs > untilMs) return;
      const act = this.#acts[0] as Act;
      this.#dropFirst();
      this.nowMs = atMs;
      act();
    }
  }

  #dropFirst(): void {
    const [times, orders, acts] = [this.#times, this.#orders, this.#acts];
    const atMs = times.pop() as number;
    const order = orders.pop() as number;
    const act = acts.pop() as Act;
    const { length } = times;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      const first = ARITY * at + 1;
      if (first >= length) break;
      let least = first;
      let leastMs = times[first] as number;
      const end = Math.min(first + ARITY, length);
      for (let child = first + 1; child < end; child += 1) {
        const childMs = times[child] as number;
        const isBefore =
          childMs < leastMs || (childMs === leastMs && (orders[child] as number) < (orders[least] as number));
        if (!isBefore) continue;
        least = child;
        leastMs = childMs;
      }
      if (leastMs > atMs || (leastMs === atMs && (orders[least] as number) > order)) break;
      this.#move(least, at);
      at = least;
    }
    times[at] = atMs;
    orders[at] = order;
    acts[at] = act;
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#orders[to] = this.#orders[from] as number;
    this.#acts[to] = this.#acts[from] as Act;
  }
}
