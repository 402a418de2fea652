/** Decides whether rooms' lanes and the routes that name them go together, and whether lanes leave room for others. */
import { shorten } from "../found.ts";
import type { Finding } from "../problem.ts";
import { MOST_RESERVED_PERCENT } from "../schema/rooms.ts";
import { BYPASS_LANE } from "../schema/routes.ts";
import { NAME_PATTERN } from "../schema/words.ts";
import { names } from "./references.ts";
import type { Table } from "./view.ts";

/** Lanes that are not there, that have no room, or whose name or shares cannot be. */
export function laneFindings(root: Table): Finding[] {
  const rooms = root.tables("rooms");
  return [
    ...root.tables("routes").flatMap((route) => routeFindings(route, rooms)),
    ...rooms.flatMap((room) => [...reservedNames(room), ...sumOfShares(room)]),
  ];
}

function routeFindings(route: Table, rooms: readonly Table[]): Finding[] {
  const lane = route.text("lane");
  // What is no name is a mistake of its own.
  if (lane === undefined || !NAME_PATTERN.test(lane)) return [];
  const path = [...route.path, "lane"];
  if (lane === BYPASS_LANE) {
    if (!route.has("room")) return [];
    const expected = `no room beside lane = "${BYPASS_LANE}", or a lane of the room`;
    return [{ code: "TG1505", path, at: "value", value: lane, expected }];
  }
  if (!route.has("room")) {
    return [{ code: "TG1522", path, at: "value", value: lane, expected: `"${BYPASS_LANE}", or a room too` }];
  }
  const same = rooms.filter((room) => room.text("name") === route.text("room"));
  // A room that is not there is a mistake of its own.
  if (same.length === 0) return [];
  const known = same.flatMap((room) => names(room.tables("lanes")));
  if (known.includes(lane)) return [];
  const expected =
    known.length === 0
      ? `a lane of room ${route.text("room")}, but it has none`
      : `a lane of room ${route.text("room")}: ${shorten(known.join(", "))}`;
  return [{ code: "TG1523", path, at: "value", value: lane, expected }];
}

function reservedNames(room: Table): Finding[] {
  return room.tables("lanes").flatMap((lane): Finding[] => {
    const name = lane.text("name");
    if (name !== BYPASS_LANE) return [];
    const expected = `a name other than ${BYPASS_LANE}, which says never to queue`;
    return [{ code: "TG1703", path: [...lane.path, "name"], at: "value", value: name, expected }];
  });
}

/** The first lane with which the shares become too many. */
function sumOfShares(room: Table): Finding[] {
  let sum = 0;
  for (const lane of room.tables("lanes")) {
    const share = lane.get("share");
    // What is no share is a mistake of its own.
    if (typeof share !== "number" || !(share >= 1 && share <= MOST_RESERVED_PERCENT)) continue;
    const left = MOST_RESERVED_PERCENT - sum;
    sum += share;
    if (sum <= MOST_RESERVED_PERCENT) continue;
    const expected = `at most ${left}: the lanes before have ${sum - share} of ${MOST_RESERVED_PERCENT}`;
    return [{ code: "TG1704", path: [...lane.path, "share"], at: "value", value: share, expected }];
  }
  return [];
}
