/** What goes through: rate by decision, errors of the edge against those of origins, and how long it takes. */
import type { Series } from "./api.ts";
import { Chart, type Line } from "./chart.tsx";
import { originErrors, ourErrors, quantile, requests, total } from "./figures.ts";
import { milliseconds, percent, plainMilliseconds, rate } from "./words.ts";

const SHOWN = [
  "proxied",
  "limited",
  "queued",
  "maintenance",
  "stale",
  "unanswered",
  "shed",
  "blocked",
  "error",
];

export function Traffic({ series }: { series: Series }) {
  const { steps, stepMs } = series;
  // The open step has not counted all that it will: drawn, it would always look like a fall.
  const over = steps.filter(({ startMs }) => startMs + stepMs <= series.nowMs);
  const times = over.map(({ startMs }) => startMs);
  const each = (value: (counts: Readonly<Record<string, number>>) => number | null) =>
    over.map(({ counts }) => value(counts));
  const share = (part: (counts: Readonly<Record<string, number>>) => number) =>
    each((counts) => (requests(counts) === 0 ? null : part(counts) / requests(counts)));
  const decisions = SHOWN.flatMap((decision, index): Line[] => {
    const values = each((counts) => total(counts, "requests", decision) / (stepMs / 1000));
    const isSeen = index === 0 || values.some((value) => value !== null && value > 0);
    return isSeen ? [{ name: decision, colour: index % 8, values }] : [];
  });
  const quantiles = (word: string, label: string, isDashed: boolean): Line[] =>
    [0.5, 0.95, 0.99].map((rank, index) => ({
      name: `${label}p${rank * 100}`,
      colour: index,
      isDashed,
      values: each((counts) => quantile(counts, rank, word, "") ?? null),
    }));
  return (
    <section id="traffic" aria-labelledby="traffic-title">
      <h2 id="traffic-title">Traffic</h2>
      <div class="charts">
        <Chart
          title="Requests a second, by decision"
          times={times}
          lines={decisions}
          write={(value) => rate(value)}
          max={1}
        />
        <Chart
          title="Errors: ours against the origins'"
          times={times}
          lines={[
            { name: "ours", colour: 5, values: share(ourErrors) },
            { name: "origins'", colour: 1, values: share(originErrors) },
          ]}
          write={(value) => percent(value)}
          max={0.01}
        />
        <Chart
          title="Time to the answer, in total"
          times={times}
          lines={quantiles("total", "", false)}
          write={milliseconds}
          writeTick={plainMilliseconds}
          max={10}
        />
        <Chart
          title="Time added by the edge"
          times={times}
          lines={quantiles("edge", "", false)}
          write={milliseconds}
          writeTick={plainMilliseconds}
          max={10}
        />
      </div>
    </section>
  );
}
