// The fault matrix, regions: each way in which an origin fails, in one region of three or in all of them.
import { FAULTS } from "../../scripts/demo/settings.ts";
import {
  type Cell,
  EXCHANGES,
  type Exchange,
  type Must,
  type Range,
  REACHES,
  type Reach,
  WHOLE,
} from "./fault-table.ts";

/** Of each cell, all at once. By the golden-ratio walk each of three regions gets two to four of nine in a row. */
export const REQUESTS = 9;
const STRUCK: Range = [2, 4];
const REST: Range = [REQUESTS - STRUCK[1], REQUESTS - STRUCK[0]];
const ALL: Range = [REQUESTS, REQUESTS];
const UP_TO_ALL: Range = [0, REQUESTS];
/** Each read may be asked elsewhere once; what is above that, the retry budget of ten tokens forbids. */
const ASKED_AGAIN: Range = [REQUESTS, 2 * REQUESTS];
/** A region that takes no connection counts nothing. */
const AT_MOST_AGAIN: Range = [0, 2 * REQUESTS];

export const REGION_FAULTS = [...FAULTS.filter((fault) => fault !== "none"), "status-503-30"] as const;
export type RegionFault = (typeof REGION_FAULTS)[number];

const CUTS: readonly RegionFault[] = ["headers-then-hang", "truncate", "trickle", "flap"];

type Answers = Must["answers"];
interface Rule {
  readonly answers: Answers;
  readonly counted: Range;
}

/** Of a read the caller sees nothing while another region can answer it; of a payment nobody asks twice. */
function rule(fault: RegionFault, exchange: Exchange, reach: Reach): Rule {
  const well = WHOLE[exchange];
  const isOne = reach === "one";
  const isOnce = exchange === "POST";
  const struck = (bad: string, range = STRUCK): Answers => {
    if (!isOne) return { [bad]: ALL };
    return { [well]: [REQUESTS - range[1], REQUESTS - range[0]], [bad]: range };
  };
  /** No answer came: a read is asked elsewhere, a payment may have happened. */
  const unanswered = (word: string, isAsked: boolean): Rule => {
    if (isOnce) {
      const answers = { ...struck("504 outcome-unknown", [1, 4]) };
      return { answers, counted: isAsked ? ALL : [0, REQUESTS] };
    }
    return {
      answers: isOne ? { [well]: ALL } : { [word]: ALL },
      counted: isAsked ? ASKED_AGAIN : AT_MOST_AGAIN,
    };
  };
  switch (fault) {
    case "refuse":
    case "close":
      return unanswered("502 origin-unreachable", false);
    case "reset":
    case "malformed":
      return unanswered("502 origin-unreachable", true);
    case "hang":
    case "slow-headers":
      // A handshake is asked once: at half of its time there is no second one beside it.
      if (exchange === "WebSocket") return { answers: struck("504 origin-timeout"), counted: ALL };
      return unanswered("504 origin-timeout", true);
    case "headers-then-hang":
      return broken(exchange, isOne, exchange === "WebSocket" ? "101 silent" : `${well} cut`);
    case "truncate":
      return broken(exchange, isOne, exchange === "WebSocket" ? "101 closed" : `${well} cut`);
    case "trickle":
      // Slow is no failure: who waits gets all of it, and nobody waits for 128 KiB at 1 KB/s.
      if (exchange === "stream") return { answers: struck("200 cut"), counted: ALL };
      return { answers: { [well]: ALL }, counted: isOnce ? ALL : ASKED_AGAIN };
    case "delay-1s":
      return { answers: { [well]: ALL }, counted: isOnce ? ALL : ASKED_AGAIN };
    case "status-500":
    case "grey":
      return { answers: struck("500"), counted: ALL };
    case "status-503":
      if (isOnce || !isOne) return { answers: struck("503"), counted: isOnce ? ALL : ASKED_AGAIN };
      return { answers: { [well]: ALL }, counted: ASKED_AGAIN };
    case "status-503-30":
      if (isOne && !isOnce) return { answers: { [well]: ALL }, counted: ASKED_AGAIN };
      return {
        answers: { [well]: UP_TO_ALL, "503": isOne ? [0, STRUCK[1]] : UP_TO_ALL },
        counted: isOnce ? ALL : [REQUESTS, 3 * REQUESTS],
      };
    case "status-503-retry-after":
      // The region asks to be left alone: nobody asks again.
      return { answers: struck("503"), counted: ALL };
    case "flap": {
      const down = isOnce ? "504 outcome-unknown" : "502 origin-unreachable";
      // It may go down while an answer is on its way.
      const cut = exchange === "WebSocket" ? "101 closed" : `${well} cut`;
      const some: Range = isOne ? [0, STRUCK[1]] : UP_TO_ALL;
      const answers = { [well]: isOne ? ([REST[0], REQUESTS] as const) : UP_TO_ALL, [cut]: some };
      return {
        answers: isOne && !isOnce ? answers : { ...answers, [down]: some },
        counted: isOnce ? UP_TO_ALL : AT_MOST_AGAIN,
      };
    }
  }
}

/**
 * The head came and the body did not: the client sees a broken answer, never a whole one. Where the edge happened to read
 * a small body first (one in sixteen, all after a bad one), a read is asked elsewhere and a payment's outcome is unknown.
 */
function broken(exchange: Exchange, isOne: boolean, bad: string): Rule {
  const well = WHOLE[exchange];
  if (exchange === "WebSocket") {
    return { answers: isOne ? { [well]: REST, [bad]: STRUCK } : { [bad]: ALL }, counted: ALL };
  }
  if (exchange === "POST") {
    const unknown = { "504 outcome-unknown": isOne ? ([0, STRUCK[1]] as const) : UP_TO_ALL };
    return {
      answers: isOne ? { [well]: REST, [bad]: [0, STRUCK[1]], ...unknown } : { [bad]: UP_TO_ALL, ...unknown },
      counted: ALL,
    };
  }
  if (isOne) return { answers: { [well]: [REST[0], REQUESTS], [bad]: [0, STRUCK[1]] }, counted: ASKED_AGAIN };
  return { answers: { [bad]: UP_TO_ALL, "502 origin-unreachable": UP_TO_ALL }, counted: ASKED_AGAIN };
}

export const REGION_CELLS: readonly Cell[] = REGION_FAULTS.flatMap((fault) =>
  EXCHANGES.flatMap((exchange) =>
    REACHES.map((reach): Cell => {
      const must = { who: "users", requests: REQUESTS, ...rule(fault, exchange, reach) };
      return { family: "regions", fault, exchange, reach, musts: [must], mayBeCut: CUTS.includes(fault) };
    }),
  ),
);
