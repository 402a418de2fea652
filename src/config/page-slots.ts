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

/** What is expected instead, and at which character of the template; undefined where something is missing. */
export interface TemplateMistake {
  readonly expected: string;
  readonly at: number | undefined;
}

/** The longest name that common file systems know (Linux NAME_MAX), with some folders before it. */
const MAX_FILE_NAME = 500;

/**
 * A template begins with `<`, so what has none is the name of its file. Only commands have files: they put the text there
 * before anybody else sees it.
 */
export function isTemplateFile(written: string): boolean {
  return written.length <= MAX_FILE_NAME && !/[<\n]/.test(written);
}

/** What is wrong with a template; undefined when it is fine. */
export function templateMistake(template: string): TemplateMistake | undefined {
  if (isTemplateFile(template)) {
    return mistake(
      "the template itself: only the commands of `tidegate` read a file, such as `tidegate apply`",
    );
  }
  const foreign = template.search(/[^\n\r\t\x20-\x7e]/);
  if (template.length > MAX_TEMPLATE || foreign !== -1) {
    const at = foreign === -1 ? MAX_TEMPLATE : foreign;
    return mistake(`at most ${MAX_TEMPLATE} ASCII characters; others as &#…;`, at);
  }
  if (!/^\s*<!doctype html>/i.test(template)) return mistake("<!doctype html> at the beginning", 0);
  const found = [...template.matchAll(SLOT_PATTERN)].map(({ 1: name = "", index }) => ({ name, index }));
  for (const slot of REQUIRED_SLOTS) {
    const those = found.filter(({ name }) => name === slot);
    if (those.length !== 1) return mistake(`the slot {{${slot}}} once`, those[1]?.index);
  }
  const slots: readonly string[] = [...REQUIRED_SLOTS, ...OPTIONAL_SLOTS];
  const unknown = found.find(({ name }) => !slots.includes(name));
  if (unknown !== undefined) return mistake(`no slots but ${slots.join(", ")}`, unknown.index);
  const forbidden = template.search(FORBIDDEN);
  if (forbidden !== -1) return mistake("nothing that runs, loads, sends or redirects", forbidden);
  const bare = template.search(BARE_STYLE);
  return bare === -1 ? undefined : mistake('<style nonce="{{nonce}}">', bare);
}

function mistake(expected: string, at?: number): TemplateMistake {
  return { expected, at };
}

/** In one pass, so that nothing in a value is taken for a slot. */
export function fillTemplate(template: string, values: Readonly<Record<Slot, string>>): string {
  return template.replaceAll(SLOT_PATTERN, (_, name: Slot) => values[name]);
}
