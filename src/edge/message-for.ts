/** Decides in which of its languages a reader gets an operators' message. */

/** The message in the first of the reader's languages that it has; else the first one written. */
export function messageFor(
  messages: Readonly<Record<string, string>>,
  wantedTags: readonly string[],
): { language: string; text: string } | undefined {
  const known = Object.entries(messages).map(([language, text]) => ({ language, text }));
  for (const wanted of wantedTags.map((tag) => tag.toLowerCase())) {
    const found = known.find(({ language }) => matches(language.toLowerCase(), wanted));
    if (found !== undefined) return found;
  }
  return known[0];
}

/** `zh` and `zh-CN` find each other, whichever is the more exact. */
function matches(language: string, wanted: string): boolean {
  return language === wanted || language.startsWith(`${wanted}-`) || wanted.startsWith(`${language}-`);
}
