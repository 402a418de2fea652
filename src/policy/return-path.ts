/** Decides whether a text may be followed as an address of this very host. */

/** Longer addresses are cut short by what stands between. */
const MAX_LENGTH = 2_000;
/**
 * One slash, then none and no backslash, since browsers read `/\` as `//` (WHATWG URL, "special authority slashes"); no
 * blanks and no controls, which they drop before they look; nothing outside ASCII.
 */
const PATH_PATTERN = /^\/(?:[!#-.0-;=?-[\]^_a-z{|}~][!#-;=?-[\]^_a-z{|}~]*)?$/;

export function isReturnPath(text: string): boolean {
  return text.length <= MAX_LENGTH && PATH_PATTERN.test(text);
}

/** The path, or `/` where it is none of this host. */
export function returnPath(text: string | undefined): string {
  return text !== undefined && isReturnPath(text) ? text : "/";
}
