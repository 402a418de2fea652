/** What metrics tell of the moment, read from the status: states, weights, rooms, edges. */
import { ORIGIN_STATES } from "../policy/availability.ts";
import { seriesName } from "../policy/metric-label.ts";
import type { Status } from "./control-api.ts";

/** An isolate that was stopped says nothing; one that serves reports each second. */
const EDGE_ALIVE_MS = 60_000;

type Gauges = Record<string, number>;

/** By series, as Prometheus writes it. */
export function gaugesOf({ version, pools, rooms, edges }: Status): Gauges {
  const alive = edges.filter(({ ageMs }) => ageMs <= EDGE_ALIVE_MS);
  const following = alive.filter(({ follows }) => follows).length;
  return Object.assign(
    {
      tidegate_config_version: version,
      'tidegate_edges{follows="true"}': following,
      'tidegate_edges{follows="false"}': alive.length - following,
    },
    ...pools.map(poolGauges),
    ...rooms.map(roomGauges),
  );
}

function poolGauges({ name: pool, kind, healthIntervalMs, origins }: Status["pools"][number]): Gauges {
  const gauges: Gauges = {
    [seriesName("tidegate_pool_panic", { pool })]: Number(kind === "panic"),
    [seriesName("tidegate_pool_maintenance", { pool })]: Number(kind === "maintenance"),
  };
  if (healthIntervalMs !== undefined)
    gauges[seriesName("tidegate_health_check_interval_seconds", { pool })] = healthIntervalMs / 1000;
  for (const { name: origin, state, weight, effectiveWeight, share, probes } of origins) {
    for (const one of ORIGIN_STATES)
      gauges[seriesName("tidegate_origin_state", { pool, origin, state: one })] = Number(one === state);
    gauges[seriesName("tidegate_origin_weight_configured", { pool, origin })] = weight;
    gauges[seriesName("tidegate_origin_weight_effective", { pool, origin })] = effectiveWeight;
    gauges[seriesName("tidegate_origin_share", { pool, origin })] = share;
    for (const { vantage, ageMs } of probes)
      gauges[seriesName("tidegate_health_check_age_seconds", { pool, origin, vantage })] = ageMs / 1000;
  }
  return gauges;
}

/** Of a room that does not answer nothing is told but that: zeros would be a lie. */
function roomGauges({ name: room, waiting, active, leased, limit, reason }: Status["rooms"][number]): Gauges {
  const up = { [seriesName("tidegate_room_up", { room })]: Number(reason === undefined) };
  if (reason !== undefined) return up;
  return {
    ...up,
    [seriesName("tidegate_room_waiting", { room })]: waiting,
    [seriesName("tidegate_room_active", { room })]: active,
    [seriesName("tidegate_room_leased", { room })]: leased,
    [seriesName("tidegate_room_limit", { room })]: limit,
  };
}
