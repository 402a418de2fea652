/** Small helpers of forms. */

/** Hands on what a field holds. */
export function field(set: (value: string) => unknown) {
  return (event: Event) => void set((event.target as HTMLInputElement).value);
}

/** What a `datetime-local` field wants, in the browser's zone. */
export function localInput(atMs: number): string {
  const offsetMs = new Date(atMs).getTimezoneOffset() * 60_000;
  return new Date(atMs - offsetMs).toISOString().slice(0, "2026-12-01T02:00".length);
}

/** In which operators write to users; the file and the command take any. */
export const LANGUAGES = [
  ["zh-CN", "Chinese"],
  ["en", "English"],
] as const;
