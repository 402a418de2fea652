/** Colours, on a terminal only, and never against the reader's wish (https://no-color.org). */

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_, text) => text;

export function paintFor(
  stream: { readonly isTTY?: boolean } = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): Paint {
  const isWanted = stream.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return isWanted ? (colour, text) => `\u001B[${CODES[colour]}m${text}\u001B[0m` : plain;
}

/** How an origin's state, or a room's mode, is to be seen. */
export function colourOf(word: string): Colour | undefined {
  switch (word) {
    case "healthy":
      return "green";
    case "unhealthy":
    case "ejected":
    case "hold":
      return "red";
    case "draining":
    case "maintenance":
      return "yellow";
    default:
      return undefined;
  }
}
