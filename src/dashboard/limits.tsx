/** Limits: how much they deny, and whether any of them decides without its store. */
import type { Series } from "./api.ts";
import { limitFigures, limitNames, nowOf, sumOf } from "./figures.ts";
import { Wide } from "./wide.tsx";
import { percent } from "./words.ts";

export function Limits({ series }: { series: Series }) {
  const whole = sumOf(series.steps);
  const now = nowOf(series.steps, series.stepMs, series.nowMs);
  const names = limitNames(whole);
  return (
    <section id="limits" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits</h2>
      {names.length === 0 ? (
        <p class="quiet">No limit was asked in this time.</p>
      ) : (
        <Wide label="Table of limits">
          <table>
            <thead>
              <tr>
                <th scope="col">Limit</th>
                <th scope="col">Decisions a second</th>
                <th scope="col">Denied now</th>
                <th scope="col">Denied in all</th>
                <th scope="col">Would deny (shadow)</th>
                <th scope="col">Failed open</th>
                <th scope="col">Failed closed</th>
              </tr>
            </thead>
            <tbody>
              {names.map((name) => {
                const recent = limitFigures(now.counts, name);
                const all = limitFigures(whole, name);
                return (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{(recent.all / now.seconds).toFixed(1)}</td>
                    <td>{percent(recent.deniedShare)}</td>
                    <td>{all.denied.toLocaleString("en")}</td>
                    <td>{all.shadow.toLocaleString("en")}</td>
                    <td class={all.failedOpen > 0 ? "bad" : ""}>{all.failedOpen.toLocaleString("en")}</td>
                    <td class={all.failedClosed > 0 ? "bad" : ""}>{all.failedClosed.toLocaleString("en")}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Wide>
      )}
    </section>
  );
}
