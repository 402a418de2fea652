/** Waiting rooms: who waits, who is in, how fast they come in, and what they were told against what came. */
import { useState } from "hono/jsx/dom";
import type { Room, Series, Status } from "./api.ts";
import { type Act, ChangeButton, ChangeDialog } from "./change-dialog.tsx";
import { Chart } from "./chart.tsx";
import { nowOf, roomFigures, sumOf } from "./figures.ts";
import { Figure } from "./regions.tsx";
import { count, percent, seconds, shortCount } from "./words.ts";

/** Waits are compared over ten minutes: in a short time hardly anybody has waited to the end. */
const WAIT_MS = 600_000;
/** Of the file's schema. */
const MAX_USERS = 10_000_000;

export function Rooms({ status, series, act }: { status: Status; series: Series; act: Act }) {
  return (
    <section id="rooms" aria-labelledby="rooms-title">
      <h2 id="rooms-title">Waiting rooms</h2>
      {status.rooms.length === 0 && <p class="quiet">The configuration has none.</p>}
      {status.rooms.map((room) => (
        <RoomPanel key={room.name} room={room} series={series} act={act} />
      ))}
    </section>
  );
}

function RoomPanel({ room, series, act }: { room: Room; series: Series; act: Act }) {
  const now = nowOf(series.steps, series.stepMs, series.nowMs);
  const { admittedPerMinute } = roomFigures(now.counts, room.name, now.seconds);
  const long = sumOf(series.steps.filter(({ startMs }) => startMs > series.nowMs - WAIT_MS));
  const { waitSeconds, estimateSeconds } = roomFigures(long, room.name, WAIT_MS / 1000);
  const level = (word: string) => series.steps.map(({ levels }) => levels[`${word} ${room.name}`] ?? null);
  return (
    <div class="pool">
      <div class="bar">
        <h3>{room.name}</h3>
        <span class={`state ${room.mode === "auto" ? "healthy" : "draining"}`}>{room.mode}</span>
        {room.event !== undefined && (
          <span class="state">
            {room.event.name}: {room.event.phase}
          </span>
        )}
        {act.mayWrite && (
          <button
            type="button"
            aria-label={`Change room ${room.name}…`}
            onClick={() => act.open(<RoomDialog act={act} room={room} />)}
          >
            Change…
          </button>
        )}
        {room.override !== undefined && (
          <ChangeButton
            act={act}
            label="Back to the file…"
            title={`Room ${room.name} by the file again`}
            edit={{ kind: "room-reset", room: room.name }}
          />
        )}
      </div>
      {room.reason !== undefined && <p class="error">{room.reason}; zeros are not counts.</p>}
      <dl class="figures">
        <Figure name="Waiting" value={count(room.waiting)} />
        <Figure
          name="Active / limit"
          value={`${count(room.active)} / ${count(room.limit)}`}
          isBad={room.active > room.limit}
        />
        <Figure name="Held by edges" value={count(room.leased)} />
        <Figure
          name="Admitted a minute"
          value={count(admittedPerMinute) + (isPaced(room) ? ` of ${count(room.admitPerMinute)}` : "")}
        />
        <Figure name="Wait, estimated" value={seconds(estimateSeconds)} />
        <Figure name="Wait, actual" value={seconds(waitSeconds)} />
        {room.reachable < 1 && <Figure name="Regions there" value={percent(room.reachable, 0)} isBad />}
      </dl>
      <Chart
        title={`People of ${room.name}`}
        times={series.steps.map(({ startMs }) => startMs)}
        lines={[
          { name: "waiting", colour: 1, values: level("waiting") },
          { name: "active", colour: 0, values: level("active") },
          { name: "limit", colour: 4, isDashed: true, values: level("roomLimit") },
        ]}
        write={count}
        writeTick={shortCount}
        max={5}
      />
    </div>
  );
}

/** A configuration that says nothing gets the highest number that there is. */
function isPaced({ admitPerMinute }: Room): boolean {
  return admitPerMinute < MAX_USERS;
}

type Mode = Room["mode"];
const MODES: Readonly<Record<Mode, string>> = {
  auto: "auto: queue when it is full",
  hold: "hold: queue everybody",
  off: "off: let everybody in",
};

function RoomDialog({ act, room }: { act: Act; room: Room }) {
  const [mode, setMode] = useState<Mode>(room.mode);
  const [limit, setLimit] = useState("");
  const [pace, setPace] = useState("");
  const said = {
    ...(mode === room.mode ? {} : { mode }),
    ...(limit === "" ? {} : { activeLimit: Number(limit) }),
    ...(pace === "" ? {} : { admitPerMinute: Number(pace) }),
  };
  const textOf = (event: Event) => (event.target as HTMLInputElement).value;
  return (
    <ChangeDialog
      act={act}
      title={`Room ${room.name}`}
      edit={Object.keys(said).length === 0 ? undefined : { kind: "room", room: room.name, ...said }}
      undoOf={() => ({
        title: `Room ${room.name} by the file again`,
        edit: { kind: "room-reset", room: room.name },
      })}
    >
      <label for="room-mode">Mode</label>
      <select id="room-mode" value={mode} onChange={(event: Event) => setMode(textOf(event) as Mode)}>
        {Object.entries(MODES).map(([value, text]) => (
          <option key={value} value={value} selected={value === mode}>
            {text}
          </option>
        ))}
      </select>
      <label for="room-limit">Active at most (now {count(room.limit)})</label>
      <input
        id="room-limit"
        type="number"
        min={1}
        value={limit}
        onInput={(event: Event) => setLimit(textOf(event))}
      />
      <label for="room-pace">
        Admitted a minute at most (now {isPaced(room) ? count(room.admitPerMinute) : "no limit"})
      </label>
      <input
        id="room-pace"
        type="number"
        min={0}
        value={pace}
        onInput={(event: Event) => setPace(textOf(event))}
      />
    </ChangeDialog>
  );
}
