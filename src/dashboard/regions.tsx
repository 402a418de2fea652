/** Every pool with its regions: state with its reason, share measured against configured, errors, latency, buttons. */
import { useState } from "hono/jsx/dom";
import type { Origin, Pool, Series, Status } from "./api.ts";
import { type Act, ChangeButton } from "./change-dialog.tsx";
import { Chart } from "./chart.tsx";
import { nowOf, originFigures, total } from "./figures.ts";
import { HealthTimeline } from "./timeline.tsx";
import { WeightsDialog } from "./weights.tsx";
import { ago, milliseconds, percent, rate, reasonText } from "./words.ts";

export function Regions({ status, series, act }: { status: Status; series: Series; act: Act }) {
  return (
    <section id="regions" aria-labelledby="regions-title">
      <h2 id="regions-title">Regions</h2>
      {status.pools.map((pool) => (
        <PoolPanel key={pool.name} pool={pool} series={series} act={act} />
      ))}
    </section>
  );
}

function PoolPanel({ pool, series, act }: { pool: Pool; series: Series; act: Act }) {
  const now = nowOf(series.steps, series.stepMs, series.nowMs);
  return (
    <div class="pool">
      <div class="bar">
        <h3>{pool.name}</h3>
        {pool.kind !== "normal" && <span class={`state ${pool.kind}`}>{pool.kind}</span>}
        {act.mayWrite && (
          <button
            type="button"
            aria-label={`Weights of ${pool.name}…`}
            onClick={() => act.open(<WeightsDialog act={act} pool={pool} />)}
          >
            Weights…
          </button>
        )}
      </div>
      <ul class="cards">
        {pool.origins.map((origin) => (
          <OriginCard
            key={origin.name}
            pool={pool.name}
            origin={origin}
            figures={originFigures(now.counts, pool.name, origin.name, now.seconds)}
            ejections={ejectionsOf(series, pool.name, origin.name)}
            act={act}
          />
        ))}
      </ul>
      <HealthTimeline pool={pool} series={series} />
      <ShareChart pool={pool} series={series} />
    </div>
  );
}

interface OriginProps {
  readonly pool: string;
  readonly origin: Origin;
  readonly figures: ReturnType<typeof originFigures>;
  readonly ejections: number;
  readonly act: Act;
}

function OriginCard({ pool, origin, figures, ejections, act }: OriginProps) {
  const { name, state, reason, weight, effectiveWeight, share, measuredShare, probes } = origin;
  const drain = { kind: "drain", pool, origin: name, force: false } as const;
  const undrain = { kind: "undrain", pool, origin: name } as const;
  return (
    <li class="card">
      <div class="bar">
        <h4>{name}</h4>
        <span class={`state ${state}`}>{state}</span>
      </div>
      <p class="quiet">
        {reasonText(reason)} · weight {weight}
        {effectiveWeight === weight ? "" : `, now worth ${effectiveWeight}`}
      </p>
      <Share measured={measuredShare} configured={share} name={name} />
      <dl>
        <Figure name="Rate" value={`${rate(figures.perSecond)}/s`} />
        <Figure name="Errors" value={percent(figures.errors)} isBad={(figures.errors ?? 0) > 0.01} />
        <Figure name="p50" value={milliseconds(figures.p50Ms)} />
        <Figure name="p95" value={milliseconds(figures.p95Ms)} />
        <Figure name="p99" value={milliseconds(figures.p99Ms)} />
        <Figure name="In flight ≈" value={figures.inFlight.toFixed(1)} />
        <Figure name="Ejections, 24 h" value={String(ejections)} isBad={ejections > 0} />
        {probes.map((probe) => (
          <Figure
            key={probe.vantage}
            name={probe.vantage === "" ? "Probe" : `Probe ${probe.vantage}`}
            value={`${probeText(probe)} · ${ago(probe.ageMs)}`}
            isBad={!probe.healthy}
          />
        ))}
      </dl>
      {state === "draining" ? (
        <ChangeButton
          act={act}
          label="Undrain…"
          title={`Undrain ${name}`}
          edit={undrain}
          undo={{ title: `Drain ${name}`, edit: drain }}
        />
      ) : (
        <ChangeButton
          act={act}
          label="Drain…"
          title={`Drain ${name}`}
          edit={drain}
          undo={{ title: `Undrain ${name}`, edit: undrain }}
        />
      )}
    </li>
  );
}

/** Of the last probe; a vantage goes by several of them, so that one alone changes nothing (rise, fall). */
function probeText({ healthy, reason, status }: Origin["probes"][number]): string {
  const last = reason === "status" ? `answered ${status}` : reason;
  if (reason !== "ok") return healthy ? `ok, but the last ${last}` : last;
  return healthy ? "ok" : "passed, not yet trusted";
}

/** Two bars, one above the other: the same length means that all is as it was said. */
function Share({
  measured,
  configured,
  name,
}: {
  measured: number | undefined;
  configured: number;
  name: string;
}) {
  const told = `${name}: ${percent(measured)} measured, ${percent(configured)} configured`;
  return (
    <div class="share">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={told}>
        <rect class="track" x={0} y={0} width={100} height={10} />
        <rect class="measured" x={0} y={0} width={(measured ?? 0) * 100} height={6} />
        <rect class="configured" x={0} y={7} width={configured * 100} height={3} />
      </svg>
      <p>
        <b data-share={name}>{percent(measured)}</b> measured · {percent(configured)} configured
      </p>
    </div>
  );
}

export function Figure({ name, value, isBad = false }: { name: string; value: string; isBad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isBad ? "bad" : ""}>{value}</dd>
    </div>
  );
}

function ejectionsOf({ events }: Series, pool: string, origin: string): number {
  let previous = "";
  let count = 0;
  for (const event of events) {
    if (event.pool !== pool || event.origin !== origin) continue;
    // A trial of an ejected origin is the same ejection.
    if (event.state === "ejected" && previous !== "ejected") count += 1;
    previous = event.state;
  }
  return count;
}

function ShareChart({ pool, series }: { pool: Pool; series: Series }) {
  const [isShown, setShown] = useState(true);
  const lines = pool.origins.map(({ name }, index) => ({
    name,
    colour: index % 8,
    values: series.steps.map(({ counts }) => {
      const all = total(counts, "origin", pool.name);
      return all === 0 ? null : total(counts, "origin", pool.name, name) / all;
    }),
  }));
  return (
    <details open={isShown} onToggle={(event: Event) => setShown((event.target as HTMLDetailsElement).open)}>
      <summary>Measured share over time</summary>
      {isShown && (
        <Chart
          title={`Share of ${pool.name}'s requests`}
          times={series.steps.map(({ startMs }) => startMs)}
          lines={lines}
          write={(share) => percent(share, 0)}
          max={1}
        />
      )}
    </details>
  );
}
