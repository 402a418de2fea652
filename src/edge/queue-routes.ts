/** What is served under /.tidegate/queue/: polls of a ticket's place, the lottery of an event, and leaving. */
import type { Env } from "../config/env.ts";
import { roomAbandoned } from "../config/metric-names.ts";
import { signPass } from "../config/queue-token.ts";
import type { LotteryView } from "../config/room-api.ts";
import { clearCookie } from "../policy/queue-cookie.ts";
import { clearedCookies, endPass, passCookies } from "./admission.ts";
import { admissionByPass, passOfOpenRoom, standWith } from "./admit.ts";
import { count } from "./counters.ts";
import { letGoHold } from "./held-ticket.ts";
import { identify } from "./identify.ts";
import { leaveLine } from "./leave-line.ts";
import { isMeantByUser } from "./meant-by-user.ts";
import { tellLeft } from "./places-client.ts";
import { problem } from "./problem.ts";
import {
  leftAnswer,
  noPollMethod,
  noRoom,
  noTicket,
  notFromHere,
  pollOptions,
  publicAnswer,
  queueStatus,
  roomUnreachable,
} from "./queue-answer.ts";
import { callRoom } from "./room-client.ts";
import type { Admission, RoomRuntime } from "./room-runtime.ts";
import { type ShownTokens, shownTokens } from "./shown-tokens.ts";
import type { Visit } from "./visit.ts";

const ADDRESS = /^\/\.tidegate\/queue\/([^/]+)(?:\/(lottery|leave))?$/;
const LOTTERY_DEADLINE_MS = 1000;
/** Anybody may ask, and the Room is asked so often at most by one edge. */
const LOTTERY_KEPT_MS = 1000;

/** Undefined for addresses that are not of a queue. */
export function queueRoute(visit: Visit, env: Env): Promise<Response> | Response | undefined {
  const found = ADDRESS.exec(visit.path);
  if (found === null) return undefined;
  const [, name = "", what] = found;
  const { method } = visit.request;
  const isLeave = what === "leave";
  if (method === "OPTIONS") return pollOptions(isLeave ? "POST" : undefined);
  const isServed = isLeave ? method === "POST" : method === "GET" || method === "HEAD";
  if (!isServed) return noPollMethod(visit, isLeave ? "POST, OPTIONS" : undefined);
  const room = visit.snapshot.rooms.get(name);
  if (room === undefined) return noRoom(visit);
  switch (what) {
    case "lottery":
      return lottery(visit, env, room);
    case "leave":
      return withTokens(visit, env, room, (shown) => leave(visit, env, room, shown));
    default:
      return withTokens(visit, env, room, (shown) => poll(visit, env, room, shown));
  }
}

async function withTokens(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  answer: (shown: ShownTokens) => Promise<Response>,
): Promise<Response> {
  await identify(visit, env);
  const shown = await shownTokens(visit, env, room);
  if (shown === undefined) {
    return problem("not-configured", { requestId: visit.id, method: visit.request.method });
  }
  return answer(shown);
}

async function poll(visit: Visit, env: Env, room: RoomRuntime, shown: ShownTokens): Promise<Response> {
  count(room.series.polls);
  const byPass = await admissionByPass(visit, env, room, shown);
  if (byPass !== undefined) return admitted(visit, room, shown, byPass);
  if (shown.ticket === undefined) return noTicket(visit);
  if (room.rules.mode === "off") {
    letGoHold(visit, env, room, shown.ticket.token);
    const pass = passOfOpenRoom(env, room, shown, shown.ticket.token);
    return admitted(visit, room, shown, { room, pass, isToTell: true });
  }
  const stand = await standWith(visit, env, room, shown, shown.ticket);
  switch (stand.kind) {
    case "in":
      return admitted(visit, room, shown, { room, pass: stand.pass, isToTell: true });
    case "waiting":
      return queueStatus(visit, stand.standing, stand.setCookies);
    case "used":
      return noTicket(visit);
  }
}

async function admitted(
  visit: Visit,
  room: RoomRuntime,
  { keys, pass: shownPass }: ShownTokens,
  { pass, isToTell }: Admission,
): Promise<Response> {
  const text = isToTell ? await signPass(keys, pass) : shownPass?.text;
  if (text === undefined) throw new Error(`a pass of room ${room.name} could not be signed`);
  const hasTicket = visit.picked.cookie?.includes(room.cookies.ticket) === true;
  return queueStatus(visit, { room: room.name, state: "admitted", pass: text }, [
    ...passCookies(room, pass, text),
    ...(hasTicket ? [clearCookie(room.cookies.ticket)] : []),
  ]);
}

/** Out of the line, or out of the room: the slot is free soon, and the place is given up. */
async function leave(visit: Visit, env: Env, room: RoomRuntime, shown: ShownTokens): Promise<Response> {
  const { pass, ticket, owners } = shown;
  if (pass === undefined && ticket === undefined) return noTicket(visit);
  if (!(await isMeantByUser(visit, shown))) return notFromHere(visit);
  if (pass !== undefined) endPass(visit, env, room, pass.token.id);
  if (ticket !== undefined) {
    letGoHold(visit, env, room, ticket.token);
    if (await leaveLine(visit, env, room, ticket.token)) count(roomAbandoned(room.name, "left"));
  }
  const [owner] = owners.identity ?? [];
  if (owner !== undefined) visit.waitUntil(tellLeft(room, env, owner));
  return leftAnswer(visit, clearedCookies(visit, room));
}

let kept:
  | { readonly room: string; readonly atMs: number; readonly views: readonly LotteryView[] }
  | undefined;

async function lottery(visit: Visit, env: Env, room: RoomRuntime): Promise<Response> {
  const nowMs = Date.now();
  if (kept?.room !== room.name || Math.abs(nowMs - kept.atMs) >= LOTTERY_KEPT_MS) {
    const views = await callRoom(room, env, "lottery", (stub) => stub.lottery(), LOTTERY_DEADLINE_MS);
    if (views === undefined) return roomUnreachable(visit);
    kept = { room: room.name, atMs: nowMs, views };
  }
  return publicAnswer(visit, kept.views);
}
