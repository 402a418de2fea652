// The fault matrix, clocks and killed edges: an edge's time that is wrong or goes back, and edges that die in the midst.
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

const SECOND = 1_000;

/** How far the clock is from the true time, at first and after half of the requests. */
export const CLOCK_FAULTS = {
  "clock 5 s slow": [-5 * SECOND, -5 * SECOND],
  "clock steps back by a minute": [0, -60 * SECOND],
  "clock 1 h fast": [3_600 * SECOND, 3_600 * SECOND],
} as const;
export type ClockFault = keyof typeof CLOCK_FAULTS;

/** A clients' kind, and the host whose route it meets. */
export const CLOCK_HOSTS = {
  users: "plain",
  "under a limit of three": "three",
  "new in a room": "queueing",
  "with a pass of before": "queueing",
} as const;

const whole = (exchange: Exchange, requests: number) => ({
  [WHOLE[exchange]]: [requests, requests] as Range,
});

function allServed(who: string, exchange: Exchange, requests: number): Must {
  return { who, requests, answers: whole(exchange, requests), counted: [requests, requests] };
}

/** Whatever any clock says: not one more than the bucket holds. */
function threeServed(exchange: Exchange): Must {
  return {
    who: "under a limit of three",
    requests: 6,
    answers: { ...whole(exchange, 3), "429 quota-exceeded": [3, 3] },
    counted: [3, 3],
  };
}

export interface ClockCell extends Cell {
  readonly fault: ClockFault;
}

export const CLOCK_CELLS: readonly ClockCell[] = (Object.keys(CLOCK_FAULTS) as ClockFault[]).flatMap(
  (fault) =>
    EXCHANGES.flatMap((exchange) =>
      REACHES.map((reach) => ({
        family: "clocks" as const,
        fault,
        exchange,
        reach,
        mayBeCut: false,
        musts: [
          allServed("users", exchange, 4),
          threeServed(exchange),
          allServed("new in a room", exchange, 2),
          allServed("with a pass of before", exchange, 2),
        ],
      })),
    ),
);

/** Requests that are at a region, which has counted them and takes seconds to answer, when their edge is killed. */
const IN_FLIGHT = 3;

function killedMusts(exchange: Exchange, reach: Reach): readonly Must[] {
  const isSocket = exchange === "WebSocket";
  const cut = isSocket ? "101 closed" : `${WHOLE[exchange]} cut`;
  const up: Range = [0, IN_FLIGHT];
  const counted: Range = [IN_FLIGHT, IN_FLIGHT];
  const broken: Must = {
    who: "in flight at a killed edge",
    requests: IN_FLIGHT,
    answers: { [cut]: up, "no answer": up },
    counted,
  };
  const elsewhere: Must = {
    who: "in flight at another edge",
    requests: IN_FLIGHT,
    // Nobody waits for a stream of 128 KiB at 1 KB/s: its client leaves it.
    answers: exchange === "stream" ? { [cut]: counted } : whole(exchange, IN_FLIGHT),
    counted,
  };
  const after = [
    allServed("users", exchange, 3),
    threeServed(exchange),
    allServed("with a pass of before", exchange, 2),
  ];
  return reach === "one" ? [broken, elsewhere, allServed("users", exchange, 3)] : [broken, ...after];
}

export const EDGE_CELLS: readonly Cell[] = EXCHANGES.flatMap((exchange) =>
  REACHES.map((reach) => ({
    family: "edges" as const,
    fault: "edge killed",
    exchange,
    reach,
    mayBeCut: true,
    musts: killedMusts(exchange, reach),
  })),
);
