/** Decides what an operator's own frame of all pages may be: which slots it must have, and what it must not do. */

/** `{{name}}`. What a page cannot do without is required: language and direction, what it says, and the ways on. */
export const REQUIRED_SLOTS = ["lang", "dir", "title", "head", "languages", "content", "footer"] as const;
const OPTIONAL_SLOTS = ["brand", "nonce"] as const;

export type Slot = (typeof REQUIRED_SLOTS)[number] | (typeof OPTIONAL_SLOTS)[number];

const SLOT_PATTERN = /\{\{(.*?)\}\}/g;
/** Instead of the logo's room in the 14 KB of an answer. */
export const MAX_TEMPLATE = 2_000;

/** Elements and attributes that run, load, send or redirect; the policy of pages stops most of them, this tells it. */
const FORBIDDEN =
  /<(?:script|iframe|frame|object|embed|base|form|link|meta|input|button|template|noscript)\b|\s(?:on[a-z]+|style|srcdoc|srcset|formaction)\s*=|javascript:|@import|url\(/i;
/** Without the nonce a browser does not take it. */
const BARE_STYLE = /<style(?! nonce="\{\{nonce\}\}">)/i;

/** What is wrong with a template; undefined when it is fine. */
export function templateMistake(template: string): string | undefined {
  if (template.length > MAX_TEMPLATE || !/^[\n\r\t\x20-\x7e]*$/.test(template)) {
    return `at most ${MAX_TEMPLATE} ASCII characters; others as &#…;`;
  }
  if (!/^\s*<!doctype html>/i.test(template)) return "<!doctype html> at the beginning";
  const found = [...template.matchAll(SLOT_PATTERN)].map(([, name]) => name ?? "");
  const missing = REQUIRED_SLOTS.find((name) => found.filter((other) => other === name).length !== 1);
  if (missing !== undefined) return `the slot {{${missing}}} once`;
  const unknown = found.find((name) => ![...REQUIRED_SLOTS, ...OPTIONAL_SLOTS].some((slot) => slot === name));
  if (unknown !== undefined) return `no slots but ${[...REQUIRED_SLOTS, ...OPTIONAL_SLOTS].join(", ")}`;
  if (FORBIDDEN.test(template)) return "nothing that runs, loads, sends or redirects";
  if (BARE_STYLE.test(template)) return '<style nonce="{{nonce}}">';
  return undefined;
}

/** In one pass, so that nothing in a value is taken for a slot. */
export function fillTemplate(template: string, values: Readonly<Record<Slot, string>>): string {
  return template.replaceAll(SLOT_PATTERN, (_, name: Slot) => values[name]);
}
