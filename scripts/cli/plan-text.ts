/** Renders what a change would do, for people. */
import type { ChangePlan, OriginChange, PoolChange } from "../../src/config/plan.ts";

export function planText(plan: ChangePlan): string {
  const parts = plan.otherParts.map((part) => `also changed: ${part}`);
  return [`version ${plan.fromVersion} -> ${plan.toVersion}`, ...plan.pools.flatMap(poolText), ...parts].join(
    "\n",
  );
}

function poolText(change: PoolChange): string[] {
  const title = change.kind === "changed" ? `pool ${change.pool}` : `pool ${change.pool} (${change.kind})`;
  const names = Math.max(...change.origins.map(({ origin }) => origin.length));
  const moved = change.kind === "changed" ? [`  ${percent(change.moved)} of users move`] : [];
  return [title, ...change.origins.map((origin) => `  ${originText(origin, names)}`), ...moved];
}

function originText(change: OriginChange, width: number): string {
  const weights = `weight ${change.weightBefore ?? "-"} -> ${change.weightAfter ?? "-"}`;
  return `${change.origin.padEnd(width)}  ${weights.padEnd(20)}  share ${percent(change.shareBefore)} -> ${percent(change.shareAfter)}`;
}

/** A share from 0 to 1, to the hundredth of a percent: a slot is 0.024 %. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
