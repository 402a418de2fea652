/** Decides what a waiting room may say: how many users at once, how fast they come in, and how waiting looks. */
import * as v from "valibot";
import { duration, instant } from "./units.ts";
import { about, choice, flag, list, name, says, table, wholeNumber } from "./words.ts";

export const MAX_ROOMS = 100;
/** Of a room: each edge leases slots for each lane by itself. */
const MAX_LANES = 16;
/** Of a room: every edge looks through them. */
const MAX_EVENTS = 100;
/** Also what operators may say by command. */
export const MAX_USERS = 10_000_000;
const MAX_TICKETS = 1_000_000;
/** Somebody who is in no lane must find a slot too. */
export const MOST_RESERVED_PERCENT = 99;
const STATUS_FORM = "503, 200, 202 or 429";

const Lane = table(
  {
    name: name("The lane's name; routes refer to it. Unique in its room, and not `bypass`."),
    share: wholeNumber(
      1,
      MOST_RESERVED_PERCENT,
      "Percent of the room's slots that are kept for this lane while its users want them; what they do not want is lent to others. All lanes of a room together have 99 at the most.",
    ),
  },
  "a table [[rooms.lanes]]",
);

const Event = table(
  {
    name: name("The event's name; people see it where they verify a lottery. Unique in its room."),
    start: instant("When people come in."),
    end: instant("When the room's own limits hold again. After `start`."),
    prequeue: v.optional(
      duration(
        "0s",
        "24h",
        "So long before the start everybody new gets a ticket and nobody is called; users who are in stay in. `0s`: no pre-queue.",
      ),
      "0s",
    ),
    lottery: v.optional(
      flag(
        "Whether the order of the pre-queue is drawn by lot, so that nobody gains by coming first. The seed's SHA-256 is published when the pre-queue begins and the seed at the start: anyone can work out the draw with `tidegate lottery verify`. Who comes after the start is served in order of arrival. Security: each ticket is a lot, so whoever gets many tickets has many lots; set `tickets_per_address`, or have users sign in first.",
      ),
      false,
    ),
    active_limit: v.exactOptional(
      wholeNumber(
        1,
        MAX_USERS,
        "The most users at the same time from `start` to `end`. Left out: the room's own.",
      ),
    ),
    admit_per_minute: v.exactOptional(
      wholeNumber(
        0,
        MAX_USERS,
        "The most users that come in per minute from `start` to `end`. Left out: the room's own.",
      ),
    ),
  },
  "a table [[rooms.events]]",
);

export const Room = table(
  {
    name: name("The room's name; routes refer to it, and it stands in `/.tidegate/queue/NAME`. Unique."),
    active_limit: wholeNumber(1, MAX_USERS, "The most users that are in at the same time, over all edges."),
    admit_per_minute: v.optional(
      wholeNumber(
        0,
        MAX_USERS,
        "The most users that come in per minute. 0 lets nobody in: everybody waits, and the estimate says paused.",
      ),
      MAX_USERS,
    ),
    session: v.optional(
      duration(
        "1s",
        "24h",
        "How long a user stays in after the last request, or with `renew = false` after coming in.",
      ),
      "5m",
    ),
    renew: v.optional(
      flag("`true`: use prolongs a session. `false`: a session ends `session` after it began, used or not."),
      true,
    ),
    bind: v.optional(
      choice(
        ["client", "address", "none"],
        "Whom a ticket and a pass of a user without a verified identity belong to; shown by somebody else they are nothing. `client`: the browser or program, by its `User-Agent`, so that a phone may go from Wi-Fi to the mobile network. `address`: the client's address (IPv6: its /64); a phone that changes networks begins anew. `none`: whoever has it. A verified user's belong to that user, whatever stands here. Security: with `client` and `none` a pass that was handed on admits its new holder in the first one's place; it never holds more than one slot.",
      ),
      "client",
    ),
    claim_window: v.optional(
      duration(
        "1s",
        "10m",
        "How long a slot is kept at the most for a user who was called and has not come, and never less than twice the time that the user was told to poll in. Who was not heard of for twice that time has left, and holds up nobody. Who comes later is called next.",
      ),
      "20s",
    ),
    ticket_life: v.optional(
      duration(
        "1m",
        "168h",
        "How long a place in line is kept after its ticket was last shown. People who left are not counted as waiting meanwhile.",
      ),
      "24h",
    ),
    tickets_per_address: v.optional(
      wholeNumber(
        0,
        MAX_TICKETS,
        "The most tickets that one client address (IPv6: its /64) holds at a time, over all edges; one more gets 429. A ticket counts from its issue until its holder is let in or leaves, or has not polled for a twenty-fourth of `ticket_life` (ten minutes at least). One that was silent for longer keeps its place and counts again once it is shown, so an address may have 25 times as many places that hold. 0: no cap. Users with a verified identity have one place each and are not counted. Mobile networks, companies and schools put thousands of people behind one address (CGNAT): a low number turns honest people away there, so stay above what your largest network brings.",
      ),
      0,
    ),
    protect: v.optional(
      flag(
        '`true`: new users are queued at once when the pool answers 503, does not answer in time, or has reached `max_in_flight`, although no limit of the room was reached, and the room takes as many as the pool carries: of those who are in, the share that it serves, and a second after the last failure a fifth of the limit more each second. With `mode = "auto"` only. `false`: only the limits count.',
      ),
      true,
    ),
    mode: v.optional(
      choice(
        ["auto", "hold", "off"],
        "`auto`: queue when the room is full. `hold`: queue everybody. `off`: queue nobody.",
      ),
      "auto",
    ),
    on_error: v.optional(
      choice(
        ["queue", "open"],
        "What a new user gets while the room's object cannot be reached: a place in line, or entry. `open` lets in everybody, those who wait in line too, and above the limit: nobody counts meanwhile. Who came in so stays in when the object is back.",
      ),
      "queue",
    ),
    status: v.optional(
      v.pipe(
        v.picklist([503, 200, 202, 429], (issue) =>
          says(typeof issue.input === "number" ? "TG1301" : "TG1103", STATUS_FORM),
        ),
        about(STATUS_FORM, "The waiting page's status."),
      ),
      503,
    ),
    lanes: v.optional(
      v.pipe(
        list(Lane, 0, MAX_LANES, "lanes ([[rooms.lanes]])"),
        v.description(
          "Lines of their own with a reserved share of the slots, for routes that name them with `lane`. Everybody else shares the rest.",
        ),
      ),
      [],
    ),
    events: v.optional(
      v.pipe(
        list(Event, 0, MAX_EVENTS, "events ([[rooms.events]])"),
        v.description(
          "Times with limits of their own. People may gather before one starts, and their order may be drawn by lot. Events of a room do not overlap, pre-queues included.",
        ),
      ),
      [],
    ),
  },
  "a table [[rooms]]",
);
