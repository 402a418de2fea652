/** Renders what becomes of a waiting room, for people. */
import type { Status } from "../../src/config/control-api.ts";
import type { RoomChange, RoomInForce } from "../../src/config/plan.ts";
import { MAX_USERS } from "../../src/config/schema/rooms.ts";
import { grouped } from "../../src/config/schema/words.ts";
import { table } from "./table.ts";

type RoomStatus = Status["rooms"][number];

/** What is in force and what will be, and whom it meets. */
export function roomChangeText({ room, before, after }: RoomChange, now: RoomStatus | undefined): string[] {
  if (before === undefined || after === undefined) {
    return [`room ${room}: it is not in the configuration any more; what was said to it is forgotten`];
  }
  return [
    `room ${room}`,
    `  mode   ${arrow(before.mode, after.mode)}${modeText(before, after)}`,
    `  limit  ${arrow(grouped(before.activeLimit), grouped(after.activeLimit))} users at the same time`,
    `  rate   ${arrow(rateText(before.admitPerMinute), rateText(after.admitPerMinute))}`,
    ...(now === undefined ? [] : peopleText(now, after)),
  ];
}

export function roomsTable(rooms: readonly RoomStatus[]): string {
  return table([
    ["ROOM", "MODE", "WAITING", "ACTIVE", "LEASED", "LIMIT"],
    ...rooms.map((room) => {
      const counts = [room.waiting, room.active, room.leased].map((count) =>
        room.reason === undefined ? String(count) : "?",
      );
      return [room.name, room.mode, ...counts, String(room.limit)];
    }),
  ]);
}

/** What the table does not tell: commands, events, regions that are out, rooms that do not answer. */
export function roomNotes(rooms: readonly RoomStatus[]): string[] {
  return rooms.flatMap(({ name, override, event, reachable, reason }) => [
    ...(override === undefined
      ? []
      : [`room ${name}: ${overrideText(override)} by command, until tidegate room ${name} --reset`]),
    ...(event === undefined
      ? []
      : [`room ${name}: ${event.phase === "prequeue" ? "people gather for" : "in"} event ${event.name}`]),
    ...(reachable === 1
      ? []
      : [`room ${name}: limit at ${Math.round(reachable * 100)} %, as regions are out or come back`]),
    ...(reason === undefined ? [] : [`room ${name}: not counted, ${reason}`]),
  ]);
}

function overrideText({ mode, activeLimit, admitPerMinute }: NonNullable<RoomStatus["override"]>): string {
  return [
    ...(mode === undefined ? [] : [`mode ${mode}`]),
    ...(activeLimit === undefined ? [] : [`limit ${grouped(activeLimit)}`]),
    ...(admitPerMinute === undefined ? [] : [`rate ${grouped(admitPerMinute)} a minute`]),
  ].join(", ");
}

function peopleText(now: RoomStatus, after: RoomInForce): string[] {
  if (now.reason !== undefined) return [`  now    not known: ${now.reason}`];
  const tooMany = now.active - after.activeLimit;
  const over =
    tooMany > 0 && after.mode !== "off"
      ? [
          `         ${grouped(tooMany)} more than the limit are in: they stay, and nobody new comes in until so many have left`,
        ]
      : [];
  return [`  now    ${grouped(now.waiting)} waiting, ${grouped(now.active)} active`, ...over];
}

function modeText(before: RoomInForce, after: RoomInForce): string {
  if (before.mode === after.mode) return "";
  switch (after.mode) {
    case "hold":
      return ": everybody new waits and nobody is called; users who are in stay in";
    case "off":
      return ": nobody is queued and no limit holds, those who wait come in at once";
    case "auto":
      return ": users come in while there are free slots, in the order of the line";
  }
}

function rateText(perMinute: number): string {
  if (perMinute >= MAX_USERS) return "no limit of newcomers";
  return `${grouped(perMinute)} a minute${perMinute === 0 ? " (nobody comes in)" : ""}`;
}

function arrow(before: string, after: string): string {
  return before === after ? before : `${before} -> ${after}`;
}
