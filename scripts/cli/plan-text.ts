/** Renders what a change would do, for people. */
import type { ChangePlan, OriginChange, PoolChange } from "../../src/config/plan.ts";

export function planText(plan: ChangePlan): string {
  const parts = plan.otherParts.map((part) => `also changed: ${part}`);
  return [`version ${plan.fromVersion} -> ${plan.toVersion}`, ...plan.pools.flatMap(poolText), ...parts].join(
    "\n",
  );
}

/** What becomes of the regions' load when only their service changes; empty when it stays as it is. */
export function loadText(plan: ChangePlan): string[] {
  return plan.pools.flatMap((change) => {
    const width = widthOf(change);
    const origins = change.origins.map((origin) => `  ${origin.origin.padEnd(width)}  ${shareText(origin)}`);
    const left = change.origins.every(({ shareAfter }) => shareAfter === 0);
    return [
      ...origins,
      left ? "  nobody is left to serve users" : `  ${percent(change.moved)} of users move`,
    ];
  });
}

function poolText(change: PoolChange): string[] {
  const title = change.kind === "changed" ? `pool ${change.pool}` : `pool ${change.pool} (${change.kind})`;
  const names = widthOf(change);
  const moved = change.kind === "changed" ? [`  ${percent(change.moved)} of users move`] : [];
  return [title, ...change.origins.map((origin) => `  ${originText(origin, names)}`), ...moved];
}

function originText(change: OriginChange, width: number): string {
  const weights = `weight ${change.weightBefore ?? "-"} -> ${change.weightAfter ?? "-"}`;
  return `${change.origin.padEnd(width)}  ${weights.padEnd(20)}  ${shareText(change)}`;
}

function shareText({ shareBefore, shareAfter }: OriginChange): string {
  return `share ${percent(shareBefore)} -> ${percent(shareAfter)}`;
}

function widthOf(change: PoolChange): number {
  return Math.max(...change.origins.map(({ origin }) => origin.length));
}

/** A share from 0 to 1, to the hundredth of a percent: a slot is 0.024 %. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
