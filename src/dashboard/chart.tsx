/** A line chart of the history, with a table for readers who cannot see it. */
import { useEffect, useRef } from "hono/jsx/dom";
import uPlot from "uplot";

export interface Line {
  readonly name: string;
  /** One of the style's eight colours, 0 to 7. */
  readonly colour: number;
  readonly isDashed?: boolean;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly write: (value: number) => string;
  /** Of the axis; left out, as the values. */
  readonly writeTick?: (value: number) => string;
  readonly max?: number;
}

const HEIGHT_PX = 170;
/** Room for the widest label of the value axis. */
const AXIS_PX = 64;
/** A history that has just begun is not stretched over the whole width: it would look like a long time. */
const SHORTEST_MS = 600_000;
/** Steps of the time axis: no two ticks may read the same. */
const TICKS_S = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600];

export function Chart({ title, times, lines, write, writeTick = write, max }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const shape = lines.map(({ name }) => name).join("\n");
  const data = aligned(times, lines);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new uPlot(options(element, lines, writeTick, max), data, element);
    drawn.current = plot;
    const sizes = new ResizeObserver(() => plot.setSize({ width: widthOf(element), height: HEIGHT_PX }));
    sizes.observe(element);
    // Colours are read from the style when lines are drawn: drawn again when the reader changes to dark.
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => plot.redraw();
    dark.addEventListener("change", redraw);
    return () => {
      dark.removeEventListener("change", redraw);
      sizes.disconnect();
      plot.destroy();
    };
  }, [shape]);

  useEffect(() => drawn.current?.setData(data));

  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
      <ul class="legend">
        {lines.map(({ name, colour, values }) => (
          <li key={name}>
            <span class={`swatch colour-${colour}`} aria-hidden="true" />
            {name} <b>{last(values, write)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A history that has just begun gets an empty point where the axis is to begin. */
function aligned(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  const lastMs = times.at(-1) ?? Date.now();
  const isShort = (times[0] ?? lastMs) > lastMs - SHORTEST_MS;
  const seconds = (isShort ? [lastMs - SHORTEST_MS, ...times] : times).map((atMs) => atMs / 1000);
  const values = lines.map((line) => (isShort ? [null, ...line.values] : [...line.values]));
  return [seconds, ...values];
}

/** The last step that is over: the open one is too young to say anything. */
function last(values: readonly (number | null)[], write: (value: number) => string): string {
  const value = values.at(-1);
  return value === null || value === undefined ? "–" : write(value);
}

const colourOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const widthOf = (element: HTMLElement) => Math.max(200, element.clientWidth);

function options(
  element: HTMLElement,
  lines: readonly Line[],
  write: (value: number) => string,
  max: number | undefined,
): uPlot.Options {
  const axis = { stroke: () => colourOf("--quiet"), grid: { stroke: () => colourOf("--line"), width: 1 } };
  return {
    width: widthOf(element),
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      y: { range: (_, __, top) => [0, Math.max(max ?? 0, top * 1.1, 1e-3)] },
    },
    axes: [
      { ...axis, incrs: TICKS_S, values: (_, ticks) => ticks.map((tick) => clock(tick * 1000)) },
      { ...axis, size: AXIS_PX, values: (_, ticks) => ticks.map(write) },
    ],
    series: [
      {},
      ...lines.map(({ name, colour, isDashed }) => ({
        label: name,
        stroke: () => colourOf(`--colour-${colour}`),
        width: 1.5,
        points: { show: false },
        ...(isDashed ? { dash: [4, 4] } : {}),
      })),
    ],
  };
}

function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
