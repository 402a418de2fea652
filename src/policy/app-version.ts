/** Decides whether an app is older than it may be, by versions such as 3.2.0. */

const VERSION_PATTERN = /^v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:[-+ ].*)?$/;

/** False for what is no version: nobody is sent to an update for the sake of a field that cannot be read. */
export function isOlder(version: string, least: string): boolean {
  const [own, wanted] = [numbersOf(version), numbersOf(least)];
  if (own === undefined || wanted === undefined) return false;
  for (let index = 0; index < Math.max(own.length, wanted.length); index += 1) {
    const difference = (own[index] ?? 0) - (wanted[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbersOf(version: string): number[] | undefined {
  return VERSION_PATTERN.exec(version.trim())?.[1]?.split(".").map(Number);
}
