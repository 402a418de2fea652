// The fault matrix's words: what is sent, how far a fault reaches, and what a cell must see of clients and origins.

export const EXCHANGES = ["GET", "POST", "stream", "WebSocket"] as const;
export type Exchange = (typeof EXCHANGES)[number];

/** An origin's fault in one region of three or in all; an object's or a clock's in one edge or in all; one edge killed or all. */
export const REACHES = ["one", "all"] as const;
export type Reach = (typeof REACHES)[number];

/** At least and at most. */
export type Range = readonly [least: number, most: number];

/** What clients of one kind may see, by answer, and how many of their requests origins must have counted. */
export interface Must {
  /** Who asks, where a cell has several kinds of clients. */
  readonly who: string;
  readonly requests: number;
  /** An answer that is not listed must not be seen. */
  readonly answers: Readonly<Record<string, Range>>;
  /** Requests that arrived at origins. */
  readonly counted: Range;
}

export interface Cell {
  readonly family: "regions" | "objects" | "clocks" | "edges";
  readonly fault: string;
  readonly exchange: Exchange;
  readonly reach: Reach;
  readonly musts: readonly Must[];
  /** A payment's answer may break off after it was taken. */
  readonly mayBeCut: boolean;
}

export function idOf({ fault, exchange, reach }: Pick<Cell, "fault" | "exchange" | "reach">): string {
  return `${fault} / ${exchange} / ${reach}`;
}

/** What was seen of one kind of clients. */
export interface Seen {
  readonly who: string;
  readonly answers: Readonly<Record<string, number>>;
  readonly counted: number;
}

/** What in a cell is not as it must be; empty when all is. */
export function deviations({ musts }: Cell, seen: readonly Seen[]): string[] {
  return musts.flatMap((must) => {
    const found = seen.find(({ who }) => who === must.who);
    return found === undefined ? [`nothing was seen of ${must.who}`] : deviationsOf(must, found);
  });
}

function deviationsOf({ who, answers, counted }: Must, seen: Seen): string[] {
  const found: string[] = [];
  const note = (what: string, times: number, [least, most]: Range = [0, 0]) => {
    if (times < least || times > most)
      found.push(`${who} ${what}: ${times}, not ${rangeText([least, most])}`);
  };
  for (const answer of new Set([...Object.keys(answers), ...Object.keys(seen.answers)])) {
    note(answer, seen.answers[answer] ?? 0, answers[answer]);
  }
  note("counted at origins", seen.counted, counted);
  return found;
}

export function rangeText([least, most]: Range): string {
  return least === most ? String(least) : `${least} to ${most}`;
}

/** A whole exchange, as it is written in tables. */
export const WHOLE: Readonly<Record<Exchange, string>> = {
  GET: "200",
  POST: "201",
  stream: "200",
  WebSocket: "101 echoed",
};
