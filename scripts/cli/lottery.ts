/** `tidegate lottery verify`: works out an event's draw again, from what everybody may know. */
import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { commitmentOf, drawnArrivalMs, isSeed } from "../../src/config/lottery.ts";
import type { LotteryView } from "../../src/config/room-api.ts";
import { CommandError } from "./errors.ts";
import { table } from "./table.ts";
import { lengthText, timeText } from "./times.ts";

interface VerifyOptions {
  url: string;
  commitment?: string;
  ticket?: string[];
  json?: boolean;
}

/** A ticket's place; ranks are among the tickets that were given. */
interface DrawnTicket {
  readonly ticket: string;
  readonly drawnAtMs: number;
  readonly rank: number;
}

const Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const Views = v.array(
  v.object({
    event: v.string(),
    startMs: v.pipe(v.number(), v.safeInteger()),
    commitment: Hex,
    seed: v.nullable(v.string()),
    prequeueMs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
);

const ANSWER_WITHIN_MS = 15_000;

export function addLottery(program: Command): void {
  const lottery = program
    .command("lottery")
    .description("check the draw of an event's line")
    .addHelpText(
      "after",
      "\nExample:\n  tidegate lottery verify main red-packets --url https://wallet.example",
    );
  lottery
    .command("verify")
    .description("work out an event's draw again: the seed against its commitment, and tickets' places")
    .argument("<room>", "the room's name")
    .argument("<event>", "the event's name")
    .option("--url <url>", "the edge to ask; no token is needed", "http://127.0.0.1:8787")
    .option("--commitment <hex>", "what was published before the start and you have noted", commitment)
    .option("--ticket <ids...>", "ids of tickets, or whole tickets, as answers gave them")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      `
Note the commitment while people gather: it is the SHA-256 of the seed, so the seed cannot be chosen afterwards.
Exit code 1 says that the draw is not what was promised, or cannot be checked yet.

Examples:
  tidegate lottery verify main red-packets --url https://wallet.example
  tidegate lottery verify main red-packets --commitment 630dcd… --ticket kGlJ… Q2xB…`,
    )
    .action(verify);
}

async function verify(room: string, event: string, options: VerifyOptions): Promise<void> {
  const view = await viewOf(room, event, options.url);
  const { seed, startMs } = view;
  const drawn = seed === null || !isSeed(seed) ? [] : await draw(view, seed, options.ticket ?? []);
  console.log(options.json ? JSON.stringify({ ...view, drawn }, null, 2) : viewText(room, view, drawn));
  const { commitment: noted } = options;
  if (noted !== undefined && noted !== view.commitment) {
    throw new CommandError(
      `NOT VERIFIED: the commitment is not the one that you noted, ${noted}: another draw was put in its place, or the note is of another event`,
    );
  }
  if (seed === null) {
    throw new CommandError(
      `not verified yet: the seed is published at the start, ${timeText(startMs)}. Note the commitment and come back then`,
    );
  }
  if (!isSeed(seed) || (await commitmentOf(seed)) !== view.commitment) {
    throw new CommandError(
      "NOT VERIFIED: the seed does not belong to the commitment: it was chosen afterwards",
    );
  }
  if (options.json) return;
  const also = noted === undefined ? "" : ", and the commitment is the one that you noted";
  console.log(`\nverified: the seed belongs to the commitment${also}`);
}

async function viewOf(room: string, event: string, url: string): Promise<LotteryView> {
  if (!URL.canParse(url)) throw new CommandError(`--url ${url} is no URL`, 2);
  const address = new URL(`/.tidegate/queue/${encodeURIComponent(room)}/lottery`, url).href;
  const response = await fetch(address, {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    throw new CommandError(`cannot reach ${address}: ${cause}`);
  });
  if (response.status === 404)
    throw new CommandError(`${address} answered 404: there is no room "${room}", or it has had no lottery`);
  if (!response.ok) throw new CommandError(`${address} answered ${response.status}; try again`);
  const views = v.safeParse(Views, await response.json().catch(() => undefined));
  if (!views.success) throw new CommandError(`${address} did not answer with a list of lotteries`);
  const view = views.output.find((each) => each.event === event);
  if (view !== undefined) return view;
  const known = views.output.map((each) => each.event).join(", ");
  throw new CommandError(
    known === ""
      ? `room "${room}" has published no lottery; one is published when people begin to gather`
      : `room "${room}" has no lottery of event "${event}"; there are: ${known}`,
  );
}

async function draw(
  { startMs, prequeueMs }: LotteryView,
  seed: string,
  tickets: readonly string[],
): Promise<DrawnTicket[]> {
  const drawn = await Promise.all(
    tickets.map(idOf).map(async (ticket) => ({
      ticket,
      drawnAtMs: await drawnArrivalMs(seed, ticket, startMs, prequeueMs),
    })),
  );
  const isBefore = (atMs: number) => drawn.filter(({ drawnAtMs }) => drawnAtMs < atMs).length;
  return drawn.map((one) => ({ ...one, rank: isBefore(one.drawnAtMs) + 1 }));
}

/** The id in a whole ticket (a signed token of three parts, RFC 7515), else the text itself. */
function idOf(text: string): string {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(text)?.[1];
  if (payload === undefined) return text;
  try {
    const { id } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { id?: unknown };
    return typeof id === "string" ? id : text;
  } catch {
    return text;
  }
}

function viewText(room: string, view: LotteryView, drawn: readonly DrawnTicket[]): string {
  const rows = drawn.map(({ ticket, drawnAtMs, rank }) => [
    ticket,
    new Date(drawnAtMs).toISOString(),
    `${rank} of ${drawn.length}`,
  ]);
  return [
    `room ${room}, event ${view.event}`,
    `  start       ${timeText(view.startMs)}`,
    `  pre-queue   ${lengthText(view.prequeueMs)} before it`,
    `  commitment  ${view.commitment}`,
    `  seed        ${view.seed ?? "secret until the start"}`,
    ...(rows.length === 0 ? [] : ["", table([["TICKET", "DRAWN TO (UTC)", "RANK AMONG THESE"], ...rows])]),
  ].join("\n");
}

/** A commander parser for a SHA-256 in hexadecimal digits. */
function commitment(text: string): string {
  const hex = text.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new InvalidArgumentError("It has 64 hexadecimal digits.");
}
