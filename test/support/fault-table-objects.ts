// The fault matrix, control objects: each of them throwing, overloaded, ten seconds late or reset in the midst of its work,
// for the calls of one edge or of all. Users are served from memory; what limits and rooms do is their own `on_error`.
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

export const OBJECT_FAULTS = ["throws", "overloaded", "slow", "reset"] as const;
export type ObjectFault = (typeof OBJECT_FAULTS)[number];
export const OBJECTS = ["CONTROL", "MONITOR", "LIMITER", "ROOM", "PLACES"] as const;
export type ObjectName = (typeof OBJECTS)[number];

/** A clients' kind, and the host whose route it meets. */
export const HOSTS = {
  users: "plain",
  "users of a probed pool": "watched",
  "under an open limit": "open",
  "under a closed limit": "closed",
  "under a closed limit, at another edge": "closed",
  "new in a room that queues": "queueing",
  "new in a room that queues, at another edge": "queueing",
  "new in a room that opens": "opening",
  "with a pass": "queueing",
  "signed in": "opening",
  "signed in, all have to wait": "held",
} as const;
export type Who = keyof typeof HOSTS;

const REQUESTS = 3;
const TEXTS: Readonly<Record<ObjectFault, string>> = {
  throws: "throws",
  overloaded: "overloaded",
  slow: "slow by 10 s",
  reset: "reset mid-way",
};

export function objectFaultText(object: ObjectName, kind: ObjectFault): string {
  return `${object.slice(0, 1)}${object.slice(1).toLowerCase()} ${TEXTS[kind]}`;
}

function served(who: Who, exchange: Exchange): Must {
  return {
    who,
    requests: REQUESTS,
    answers: { [WHOLE[exchange]]: [REQUESTS, REQUESTS] },
    counted: [REQUESTS, REQUESTS],
  };
}

function refused(who: Who, answer: string): Must {
  return { who, requests: REQUESTS, answers: { [answer]: [REQUESTS, REQUESTS] }, counted: [0, 0] };
}

/** A Room that was reset has heard of those who got a place in line, and whoever comes later stands behind them. */
function elsewhere(kind: ObjectFault, exchange: Exchange): Must {
  const must = served("new in a room that queues, at another edge", exchange);
  if (kind !== "reset") return must;
  const some: Range = [0, REQUESTS];
  return { ...must, answers: { [WHOLE[exchange]]: some, "503 queued": some }, counted: some };
}

function mustsOf(object: ObjectName, kind: ObjectFault, exchange: Exchange, reach: Reach): readonly Must[] {
  switch (object) {
    case "CONTROL":
      return [served("users", exchange)];
    case "MONITOR":
      return [served("users of a probed pool", exchange)];
    case "LIMITER":
      return [
        served("under an open limit", exchange),
        refused("under a closed limit", "503 temporary-reduced-capacity"),
        ...(reach === "one" ? [served("under a closed limit, at another edge", exchange)] : []),
      ];
    case "ROOM":
      return [
        refused("new in a room that queues", "503 queued"),
        served("new in a room that opens", exchange),
        served("with a pass", exchange),
        ...(reach === "one" ? [elsewhere(kind, exchange)] : []),
      ];
    case "PLACES":
      return [served("signed in", exchange), refused("signed in, all have to wait", "503 queued")];
  }
}

export interface ObjectCell extends Cell {
  readonly object: ObjectName;
  readonly kind: ObjectFault;
}

export const OBJECT_CELLS: readonly ObjectCell[] = OBJECTS.flatMap((object) =>
  OBJECT_FAULTS.flatMap((kind) =>
    EXCHANGES.flatMap((exchange) =>
      REACHES.map((reach) => ({
        family: "objects" as const,
        fault: objectFaultText(object, kind),
        object,
        kind,
        exchange,
        reach,
        musts: mustsOf(object, kind, exchange, reach),
        mayBeCut: false,
      })),
    ),
  ),
);
