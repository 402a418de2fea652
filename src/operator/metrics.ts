/** Renders what all edges have counted as Prometheus text (exposition format 0.0.4). */

/** What each metric is. Names are an interface: dashboards and alerts use them. */
const HELP: Readonly<Record<string, string>> = {
  tidegate_limit_decisions_total: "Decisions of limits, by limit and result.",
  tidegate_limit_store_calls_total: "Calls to stores of buckets, by store and result.",
};

/** @param totals sums by series, as edges name them */
export function prometheusText(totals: Readonly<Record<string, number>>): string {
  const byName = new Map<string, string[]>();
  for (const [series, total] of Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = series.split("{", 1)[0] ?? series;
    const lines = byName.get(name) ?? [
      `# HELP ${name} ${HELP[name] ?? "Not described."}`,
      `# TYPE ${name} counter`,
    ];
    byName.set(name, [...lines, `${series} ${total}`]);
  }
  return [...byName.values()]
    .flat()
    .map((line) => `${line}\n`)
    .join("");
}
