/** Renders a status, for people. */
import type { Status } from "../../src/config/control-api.ts";
import type { Override } from "../../src/config/health-report.ts";
import { SLOTS } from "../../src/policy/slot-table.ts";
import { type Paint, plain } from "./paint.ts";
import { percent } from "./plan-text.ts";
import { roomNotes, roomsTable } from "./room-text.ts";
import { table } from "./table.ts";
import { lengthText, timeText } from "./times.ts";
import { targetText } from "./window-text.ts";

type Origin = Status["pools"][number]["origins"][number];

export function statusText(status: Status, nowMs: number, paint: Paint = plain): string {
  const origins = status.pools.flatMap((pool) =>
    pool.origins.map((origin) => [
      pool.name,
      origin.name,
      origin.state,
      origin.reason === origin.state ? "" : origin.reason,
      String(origin.weight),
      String(origin.effectiveWeight),
      percent(origin.share),
      origin.measuredShare === undefined ? "-" : percent(origin.measuredShare),
      probeText(origin),
    ]),
  );
  const head = [
    "POOL",
    "ORIGIN",
    "STATE",
    "REASON",
    "WEIGHT",
    "EFFECTIVE",
    "SHARE",
    "MEASURED",
    "LAST PROBE",
  ];
  const overrides = status.overrides
    .filter(({ kind, endMs }) => kind === "drain" || (endMs ?? Infinity) > nowMs)
    .map((override) => overrideText(override, nowMs));
  const announced = status.announcements.map((one) => announcementText(one, nowMs));
  const moved = status.pools
    .filter(({ slotsMoved }) => slotsMoved > 0)
    .map(
      ({ name, slotsMoved }) =>
        `version ${status.version} moved ${slotsMoved} of ${SLOTS} slots of ${name} (${percent(slotsMoved / SLOTS)} of users)`,
    );
  const notes = [...moved, ...overrides, ...announced, ...roomNotes(status.rooms)];
  return [
    `version ${status.version}, ${edgesText(status.edges)}`,
    "",
    table([head, ...origins], paint),
    ...(status.rooms.length === 0 ? [] : ["", roomsTable(status.rooms)]),
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ].join("\n");
}

/** Those of the last ten minutes; an edge that serves nobody asks before its next request. */
function edgesText(edges: Status["edges"]): string {
  const behind = edges.filter(({ follows }) => !follows);
  if (edges.length === 0) return "no edge heard of yet";
  const count = edges.length === 1 ? "1 edge" : `${edges.length} edges`;
  if (behind.length === 0) return `${count}, all follow`;
  const versions = [...new Set(behind.map(({ version }) => version))].sort((a, b) => a - b).join(", ");
  const youngest = Math.min(...behind.map(({ ageMs }) => ageMs));
  return `${count}, ${behind.length} not heard since the last change (version ${versions}, last ${lengthText(youngest)} ago)`;
}

function announcementText(
  { id, startMs, endMs, text }: Status["announcements"][number],
  nowMs: number,
): string {
  const start = startMs > nowMs ? `from ${timeText(startMs)} ` : "";
  return `announcement ${id}: ${Object.values(text)[0]}, ${start}until ${timeText(endMs)}`;
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
