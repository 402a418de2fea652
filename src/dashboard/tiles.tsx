/** The state now, in one row: what is wrong first, then rate, errors and times. */
import type { Series, Status } from "./api.ts";
import { nowOf, originErrors, ourErrors, quantile, requests } from "./figures.ts";
import { milliseconds, percent, plural, rate, reasonText } from "./words.ts";

/** Above these an operator should look. */
const BAD_ERRORS = 0.01;
const BAD_EDGE_MS = 100;

export function Tiles({ status, series }: { status: Status; series: Series }) {
  const { counts, seconds } = nowOf(series.steps, series.stepMs, series.nowMs);
  const all = requests(counts);
  const share = (part: number) => (all === 0 ? undefined : part / all);
  const [ours, theirs] = [share(ourErrors(counts)), share(originErrors(counts))];
  const edgeP99 = quantile(counts, 0.99, "edge", "");
  const waiting = status.rooms.reduce((sum, room) => sum + room.waiting, 0);
  return (
    <dl class="tiles" aria-label="Now">
      <Tile name="Requests" value={`${rate(all / seconds)}/s`} />
      <Tile name="Errors, ours" value={percent(ours, 2)} isBad={(ours ?? 0) > BAD_ERRORS} />
      <Tile name="Errors, origins'" value={percent(theirs, 2)} isBad={(theirs ?? 0) > BAD_ERRORS} />
      <Tile name="p50 in total" value={milliseconds(quantile(counts, 0.5, "total", ""))} />
      <Tile name="p95" value={milliseconds(quantile(counts, 0.95, "total", ""))} />
      <Tile name="p99" value={milliseconds(quantile(counts, 0.99, "total", ""))} />
      <Tile name="p99 added by the edge" value={milliseconds(edgeP99)} isBad={(edgeP99 ?? 0) > BAD_EDGE_MS} />
      <Tile name="Waiting in line" value={waiting.toLocaleString("en")} />
    </dl>
  );
}

function Tile({ name, value, isBad = false }: { name: string; value: string; isBad?: boolean }) {
  return (
    <div class={isBad ? "tile bad" : "tile"}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What is not as it should be. */
export function alarmsOf(
  status: Status,
): { readonly kind: string; readonly word?: string; readonly said: string }[] {
  return [
    ...status.pools.flatMap(({ name, kind }) =>
      kind === "normal"
        ? []
        : [{ kind, said: kind === "panic" ? `${name} is in panic` : `${name} is in maintenance` }],
    ),
    ...status.pools.flatMap(({ name, origins }) =>
      origins
        .filter(({ state }) => state !== "healthy")
        .map(({ name: origin, state, reason }) => ({
          kind: state,
          said: `${name} / ${origin} is ${state === "maintenance" ? "in maintenance" : state}${
            reason === state ? "" : `: ${reasonText(reason)}`
          }`,
        })),
    ),
    ...status.rooms.flatMap((room) =>
      room.reason === undefined
        ? []
        : [{ kind: "unhealthy", word: "unreachable", said: `room ${room.name}: ${room.reason}` }],
    ),
    ...status.rooms
      .filter(({ mode }) => mode === "hold")
      .map(({ name }) => ({ kind: "draining", word: "hold", said: `room ${name} holds everybody` })),
    ...status.rooms
      .filter(({ mode, override }) => mode === "off" && override?.mode === "off")
      .map(({ name }) => ({
        kind: "draining",
        word: "off",
        said: `room ${name} lets everybody in, by command`,
      })),
  ];
}

export function Alarms({ status }: { status: Status }) {
  const alarms = alarmsOf(status);
  return (
    <div class="alarms" role="status" aria-label="State now">
      {alarms.length === 0 ? (
        <p>
          <span class="state healthy">all well</span> every region is healthy
        </p>
      ) : (
        alarms.map(({ kind, word = kind, said }) => (
          <p key={said}>
            <span class={`state ${kind}`}>{word}</span> {said}
          </p>
        ))
      )}
    </div>
  );
}

export function Versions({ status }: { status: Status }) {
  const follow = status.edges.filter(({ follows }) => follows).length;
  const versions = [...new Set(status.edges.map(({ version }) => version))].sort((a, b) => a - b);
  const told = versions.length > 1 ? `, versions ${versions.join(" and ")}` : "";
  return (
    <span>
      version <b>{status.version}</b> · {plural(status.edges.length, "edge")} seen, {follow} up to date{told}
    </span>
  );
}
