/** Passes that are over before their text is, with the newest of them at hand: what is published with every exchange. */

/** By pass: when it was ended. In the order in which they were noted. */
export class EndedPasses extends Map<string, number> {
  readonly #most: number;
  readonly #newest = new Map<string, number>();

  /** @param most of the newest, so many are at hand */
  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(id: string, atMs: number): this {
    this.#newest.delete(id);
    this.#newest.set(id, atMs);
    if (this.#newest.size > this.#most) {
      for (const oldest of this.#newest.keys()) {
        this.#newest.delete(oldest);
        break;
      }
    }
    return super.set(id, atMs);
  }

  override delete(id: string): boolean {
    this.#newest.delete(id);
    return super.delete(id);
  }

  override clear(): void {
    this.#newest.clear();
    super.clear();
  }

  /** The newest, the oldest of them first; fewer where some of them were taken back. */
  newest(): [id: string, atMs: number][] {
    return [...this.#newest];
  }
}
