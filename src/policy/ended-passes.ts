/** Passes that are over before their text is, with the newest of them at hand: what is published with every exchange. */

/** By pass: when it was ended. In the order in which they were noted. */
export class EndedPasses extends Map<string, number> {
  readonly #most: number;
  readonly #newest = new Map<string, number>();
  /** The same as it is published, until it changes: there are hundreds of exchanges a second. */
  #published: readonly (readonly [id: string, atMs: number])[] | undefined;

  /** @param most of the newest, so many are at hand */
  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(id: string, atMs: number): this {
    this.#published = undefined;
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
    if (this.#newest.delete(id)) this.#published = undefined;
    return super.delete(id);
  }

  override clear(): void {
    this.#published = undefined;
    this.#newest.clear();
    super.clear();
  }

  /** The newest, the oldest of them first; fewer where some of them were taken back. */
  newest(): readonly (readonly [id: string, atMs: number])[] {
    this.#published ??= [...this.#newest];
    return this.#published;
  }
}
