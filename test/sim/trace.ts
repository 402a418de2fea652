/** What happened in a world, as one hash: two runs of a seed are the same run when, and only when, it is the same. */

const numbers = new Float64Array(1);
const words = new Uint32Array(numbers.buffer);

/** FNV-1a, twice with different offsets: 64 bits, so that two of a million traces are alike by no accident. */
export class Trace {
  #one = 0x811c9dc5;
  #other = 0x9747b28c;
  #events = 0;
  readonly #lines: string[] | undefined;

  constructor(keepsLines: boolean) {
    this.#lines = keepsLines ? [] : undefined;
  }

  note(atMs: number, what: string, ...values: readonly (string | number | boolean | undefined)[]): void {
    this.#events += 1;
    this.#number(atMs);
    this.#text(what);
    for (const value of values) {
      if (typeof value === "number") this.#number(value);
      else this.#text(String(value));
    }
    this.#lines?.push(`${atMs.toFixed(3)} ${what} ${values.join(" ")}`);
  }

  get events(): number {
    return this.#events;
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return hex(this.#one) + hex(this.#other);
  }

  #number(value: number): void {
    numbers[0] = value;
    this.#mix(words[0] ?? 0);
    this.#mix(words[1] ?? 0);
  }

  #text(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.#mix(text.charCodeAt(index));
    this.#mix(text.length);
  }

  #mix(word: number): void {
    this.#one = Math.imul(this.#one ^ word, 0x01000193);
    this.#other = Math.imul(this.#other ^ (word >>> 13) ^ (word << 7), 0x01000193);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
