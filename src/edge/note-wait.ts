/** Counts how long people were told that they would wait, and how long they did. */
import { label } from "../policy/metric-label.ts";

export interface WaitSeries {
  readonly actualSum: string;
  readonly actualCount: string;
  readonly estimatedSum: string;
  readonly estimatedCount: string;
}

export function waitSeries(room: string): WaitSeries {
  const labels = `{room="${label(room)}"}`;
  return {
    actualSum: `tidegate_room_wait_seconds_sum${labels}`,
    actualCount: `tidegate_room_wait_seconds_count${labels}`,
    estimatedSum: `tidegate_room_estimated_wait_seconds_sum${labels}`,
    estimatedCount: `tidegate_room_estimated_wait_seconds_count${labels}`,
  };
}
