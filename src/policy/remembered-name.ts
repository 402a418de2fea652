/** What is worked out of a name once: the same few header fields come with every request. */

/** A name longer than any field in use, or one more than these, is looked at each time: names come from outside. */
const MOST_NAMES = 512;
const LONGEST_NAME = 64;

/**
 * `of` with a memory. What it is given is the text that is remembered, one object for all requests: V8 would keep the whole
 * text in memory that a name was cut out of, and looks a text up anew in each request that is new with it (decision 28).
 *
 * @param of a function of the name alone
 */
export function rememberedName<Known extends object | boolean>(
  of: (name: string) => Known,
): (name: string) => Known {
  const known = new Map<string, Known>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= MOST_NAMES || name.length > LONGEST_NAME) return of(name);
    // The keys of an object are texts of their own.
    const [own = name] = Object.keys({ [name]: true });
    const made = of(own);
    known.set(own, made);
    return made;
  };
}

/**
 * `pattern.test` with a memory, a fifth of a long pattern's time for a name that it knows. The pattern must have neither `g`
 * nor `y`, with which a test depends on the one before.
 */
export function rememberedTest(pattern: RegExp): (name: string) => boolean {
  return rememberedName((name) => pattern.test(name));
}
