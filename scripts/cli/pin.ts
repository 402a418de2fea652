/** `tidegate pin`: leave for an operator to reach one origin whatever its state. */
import { type Command, InvalidArgumentError } from "commander";
import { MAX_PIN_MINUTES } from "../../src/config/pin-token.ts";
import { writeOptions } from "./run-change.ts";
import { type DeedOptions, runDeed } from "./run-deed.ts";
import { timeText } from "./times.ts";

export function addPin(program: Command): void {
  writeOptions(program.command("pin"))
    .description("print a request header that reaches one origin whatever its state, for a short time")
    .argument("<pool>", "the pool's name")
    .argument("<origin>", "the origin's name")
    .option("--minutes <number>", `how long it holds, 1 to ${MAX_PIN_MINUTES}`, minutes, 10)
    .addHelpText(
      "after",
      `
Whoever has the header reaches the origin, past maintenance, drain and ejection. Keep it as you keep a password.

Example:
  tidegate pin wallet hk --minutes 10`,
    )
    .action((pool: string, origin: string, options: DeedOptions & { minutes: number }) =>
      runDeed(options, {
        before: `give leave to reach ${origin} of pool ${pool} for ${options.minutes} min, past maintenance, drain and ejection`,
        ask: (client, said, tag) => client.pin({ pool, origin, minutes: options.minutes, ...said }, tag),
        after: ({ header, value, expiresAtMs }) => {
          const line = `${header}: ${value}`;
          return `${line}

It reaches ${origin} until ${timeText(expiresAtMs)}. Answers that came this way carry Tidegate-Origin: ${origin}.
  curl -i -H '${line}' ${new URL("/", options.url).href}`;
        },
      }),
    );
}

function minutes(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PIN_MINUTES) return value;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_PIN_MINUTES}.`);
}
