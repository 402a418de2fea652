/** `tidegate pin`: leave for an operator to reach one origin whatever its state. */
import { type Command, InvalidArgumentError } from "commander";
import { MAX_PIN_MINUTES } from "../../src/config/pin-token.ts";
import { AdminClient, type AdminOptions, withUrl } from "./admin-client.ts";
import { reasonOf } from "./reason.ts";
import { timeText } from "./times.ts";

interface PinOptions extends AdminOptions {
  minutes: number;
  reason?: string;
  json?: boolean;
}

export function addPin(program: Command): void {
  withUrl(program.command("pin"))
    .description("print a request header that reaches one origin whatever its state, for a short time")
    .argument("<pool>", "the pool's name")
    .argument("<origin>", "the origin's name")
    .option("--minutes <number>", `how long it holds, 1 to ${MAX_PIN_MINUTES}`, minutes, 10)
    .option("--reason <text>", "why, for the audit; left out, the command itself")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
Whoever has the header reaches the origin, past maintenance, drain and ejection. Keep it as you keep a password.

Example:
  tidegate pin wallet hk --minutes 10`,
    )
    .action(async (pool: string, origin: string, options: PinOptions) => {
      const pin = await new AdminClient(options).pin(pool, origin, options.minutes, reasonOf(options));
      if (options.json) return console.log(JSON.stringify(pin, null, 2));
      const line = `${pin.header}: ${pin.value}`;
      console.log(`${line}

It reaches ${origin} until ${timeText(pin.expiresAtMs)}. Answers that came this way carry Tidegate-Origin: ${origin}.
  curl -i -H '${line}' ${new URL("/", options.url).href}`);
    });
}

function minutes(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_PIN_MINUTES) return value;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_PIN_MINUTES}.`);
}
