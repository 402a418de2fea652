/** Writes a series as Prometheus' text format wants it: name, labels, values escaped. */

/** A label's value. */
export function label(value: string): string {
  return value.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));
}

/** The same labels in the same order are the same series. */
export function seriesName(metric: string, labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${label(value)}"`);
  return parts.length === 0 ? metric : `${metric}{${parts.join(",")}}`;
}
