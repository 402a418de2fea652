/** Renders what all edges have counted, and what is now, as Prometheus text 0.0.4 or as OpenMetrics 1.0. */
import { METRICS, type Metric } from "../config/metric-names.ts";
import { BUCKET_LABELS } from "../policy/histogram.ts";

export type MetricsForm = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<MetricsForm, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const BUCKET = /^(\w+)_bucket\{(.*),le="([^"]+)"\}$/;
/** Sums and counts belong to a family of another name. */
const PART = /_(?:bucket|sum|count)$/;
const NOT_DESCRIBED: Metric = { type: "counter", help: "Of another release." };

/** What a scraper asks for: OpenMetrics where it says so, as Prometheus does. */
export function formOf(accept: string | undefined): MetricsForm {
  return accept?.includes("application/openmetrics-text") === true ? "openmetrics" : "prometheus";
}

/** @param series counts and gauges, by series as Prometheus writes it; buckets each without those below */
export function metricsText(series: Readonly<Record<string, number>>, form: MetricsForm): string {
  const lines: string[] = [];
  for (const [family, samples] of familiesOf(series, form)) {
    lines.push(...headOf(family, METRICS[family] ?? NOT_DESCRIBED, form), ...samples);
  }
  if (form === "openmetrics") lines.push("# EOF");
  return lines.map((line) => `${line}\n`).join("");
}

function headOf(family: string, { type, help }: Metric, form: MetricsForm): string[] {
  const word = type === "sums" ? "summary" : type;
  if (form === "prometheus") return [`# HELP ${family} ${help}`, `# TYPE ${family} ${word}`];
  // There a counter's family is named without its ending.
  const name = type === "counter" ? family.replace(/_total$/, "") : family;
  const unit = name.endsWith("_seconds") ? [`# UNIT ${name} seconds`] : [];
  return [`# TYPE ${name} ${word}`, ...unit, `# HELP ${name} ${help}`];
}

/** Samples by family, both in order: a family's stand together, and a histogram's buckets from low to high. */
function familiesOf(series: Readonly<Record<string, number>>, form: MetricsForm): [string, string[]][] {
  const families = new Map<string, string[]>();
  const linesOf = (family: string): string[] => {
    const known = families.get(family) ?? [];
    families.set(family, known);
    return known;
  };
  const histograms = new Map<string, { name: string; labels: string; counts: number[]; sum: number }>();
  const histogramOf = (name: string, labels: string) => {
    const key = `${name} ${labels}`;
    const known = histograms.get(key) ?? { name, labels, counts: BUCKET_LABELS.map(() => 0), sum: 0 };
    histograms.set(key, known);
    return known;
  };
  for (const [name, value] of Object.entries(series).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [, histogram, labels = "", le = ""] = BUCKET.exec(name) ?? [];
    const family = familyOf(name);
    if (histogram !== undefined) histogramOf(histogram, labels).counts[BUCKET_LABELS.indexOf(le)] = value;
    else if (METRICS[family]?.type === "histogram") histogramOf(family, labelsOf(name)).sum = value;
    else linesOf(family).push(`${name} ${value}`);
  }
  for (const { name, labels, counts, sum } of histograms.values()) {
    const lines = linesOf(name);
    // Edges count each bucket apart, so that a request is one addition; the format wants those below counted in.
    let below = 0;
    for (const [index, le] of BUCKET_LABELS.entries()) {
      below += counts[index] ?? 0;
      lines.push(`${name}_bucket{${labels},le="${form === "prometheus" ? le : canonical(le)}"} ${below}`);
    }
    lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${below}`);
  }
  return [...families].sort(([a], [b]) => (a < b ? -1 : 1));
}

function familyOf(series: string): string {
  const name = series.split("{", 1)[0] ?? series;
  return METRICS[name] === undefined ? name.replace(PART, "") : name;
}

function labelsOf(series: string): string {
  return series.slice(series.indexOf("{") + 1, -1);
}

/** OpenMetrics 1.0, "Considerations: Canonical Numbers": a bound of 1 is written 1.0. */
function canonical(le: string): string {
  return /^\d+$/.test(le) ? `${le}.0` : le;
}
