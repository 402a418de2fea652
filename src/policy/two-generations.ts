/** A bounded memory of texts that forgets what nobody asked for lately: O(1), without a list of who came when. */

export interface MemoryBounds {
  readonly maxEntries: number;
  /** Of all keys together: keys come from outside, and a few long ones must not fill the edge's memory. */
  readonly maxKeyLength: number;
}

/**
 * Two maps. When the young one is full it becomes the old one, and the one before is forgotten; what is found in the old
 * one moves to the young one. So it holds between one and two times its bounds of what was used last.
 */
export class TwoGenerations<Value> {
  readonly #bounds: MemoryBounds;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #youngKeyLength = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  /** What was last set for `key`, if it is still remembered. */
  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    if (this.#old.size === 0) return undefined;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (!this.#young.has(key)) {
      const { maxEntries, maxKeyLength } = this.#bounds;
      if (this.#young.size >= maxEntries || this.#youngKeyLength + key.length > maxKeyLength) {
        this.#old = this.#young;
        this.#young = new Map();
        this.#youngKeyLength = 0;
      }
      this.#youngKeyLength += key.length;
    }
    this.#young.set(key, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngKeyLength = 0;
  }

  /** Entries that are held now, those of both generations counted twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
