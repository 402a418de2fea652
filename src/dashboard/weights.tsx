/** Weights by slider: how many users move is shown before anything is applied. */
import { useState } from "hono/jsx/dom";
import type { Pool } from "./api.ts";
import { type Act, ChangeDialog } from "./change-dialog.tsx";
import { percent } from "./words.ts";

/** Of the file's schema. */
const MAX_WEIGHT = 1_000_000;

export function WeightsDialog({ act, pool }: { act: Act; pool: Pool }) {
  const before = Object.fromEntries(pool.origins.map(({ name, weight }) => [name, weight]));
  const [weights, setWeights] = useState<Record<string, number>>(before);
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  const top = Math.max(100, ...Object.values(before).map((weight) => weight * 2));
  const changed = Object.entries(weights).filter(([name, weight]) => weight !== before[name]);
  const set = (name: string) => (event: Event) => {
    const value = Math.round(Number((event.target as HTMLInputElement).value));
    setWeights({ ...weights, [name]: Math.min(MAX_WEIGHT, Math.max(0, value || 0)) });
  };
  return (
    <ChangeDialog
      act={act}
      title={`Weights of ${pool.name}`}
      edit={
        changed.length === 0
          ? undefined
          : { kind: "weights", pool: pool.name, weights: Object.fromEntries(changed) }
      }
      undoOf={({ plan }) => ({
        title: `Go back to version ${plan.fromVersion}`,
        edit: { kind: "rollback", version: plan.fromVersion },
      })}
    >
      {pool.origins.map(({ name }) => (
        <div class="slider" key={name}>
          <label for={`weight-${name}`}>{name}</label>
          <input
            id={`weight-${name}`}
            type="range"
            min={0}
            max={top}
            value={weights[name]}
            onInput={set(name)}
          />
          <input
            type="number"
            min={0}
            max={MAX_WEIGHT}
            value={weights[name]}
            onChange={set(name)}
            aria-label={`${name}, weight as a number`}
          />
          <span class="quiet">{sum === 0 ? "–" : percent((weights[name] ?? 0) / sum)}</span>
        </div>
      ))}
    </ChangeDialog>
  );
}
