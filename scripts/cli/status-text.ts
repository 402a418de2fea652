/** Renders a status, for people. */
import type { Status } from "../../src/config/control-api.ts";
import type { Override } from "../../src/config/health-report.ts";
import { percent } from "./plan-text.ts";
import { roomNotes, roomsTable } from "./room-text.ts";
import { table } from "./table.ts";
import { lengthText, timeText } from "./times.ts";
import { targetText } from "./window-text.ts";

type Origin = Status["pools"][number]["origins"][number];

export function statusText(status: Status, nowMs: number): string {
  const origins = status.pools.flatMap((pool) =>
    pool.origins.map((origin) => [
      pool.name,
      origin.name,
      origin.state,
      origin.reason === origin.state ? "" : origin.reason,
      String(origin.weight),
      String(origin.effectiveWeight),
      percent(origin.share),
      probeText(origin),
    ]),
  );
  const head = ["POOL", "ORIGIN", "STATE", "REASON", "WEIGHT", "EFFECTIVE", "SHARE", "LAST PROBE"];
  const overrides = status.overrides
    .filter(({ kind, endMs }) => kind === "drain" || (endMs ?? Infinity) > nowMs)
    .map((override) => overrideText(override, nowMs));
  const notes = [...overrides, ...roomNotes(status.rooms)];
  return [
    `version ${status.version}`,
    "",
    table([head, ...origins]),
    ...(status.rooms.length === 0 ? [] : ["", roomsTable(status.rooms)]),
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ].join("\n");
}

/** The newest word of any vantage, and how many vantages contradict it. */
function probeText({ probes }: Origin): string {
  const [newest] = [...probes].sort((a, b) => a.ageMs - b.ageMs);
  if (newest === undefined) return "-";
  const unhealthy = probes.filter(({ healthy }) => !healthy).length;
  const votes = probes.length > 1 ? `, ${unhealthy} of ${probes.length} say unhealthy` : "";
  return `${lengthText(newest.ageMs)} ago: ${newest.reason}${newest.status === 0 ? "" : ` ${newest.status}`}${votes}`;
}

function overrideText(override: Override, nowMs: number): string {
  const { id, kind, startMs, endMs } = override;
  const what = `${kind === "drain" ? "drain" : `maintenance ${id}`}: ${targetText(override)}`;
  if (kind === "drain") {
    if (endMs === undefined) return `${what}, since ${timeText(startMs)}, until undrain`;
    return endMs > nowMs
      ? `${what}, the last user leaves at ${timeText(endMs)}`
      : `${what}, without users since ${timeText(endMs)}, until undrain`;
  }
  const end = endMs === undefined ? "until it is cancelled" : `until ${timeText(endMs)}`;
  return startMs > nowMs ? `${what}, from ${timeText(startMs)} ${end}` : `${what}, ${end}`;
}
