/** The picture of docs/performance.md: CPU a request beside a bare pass-through, as bars with their spread. */
import type { Result } from "../bench.ts";

const WIDTH = 720;
const LABELS = 200;
const ROW = 28;
const TOP = 34;

export function drawing(results: readonly Result[]): string {
  const most = Math.max(2, ...results.map(({ cpuRatio }) => cpuRatio.highest));
  const x = (ratio: number) => LABELS + ((WIDTH - LABELS - 60) * ratio) / most;
  const height = TOP + results.length * ROW + 16;
  const rows = results.map(({ name, cpuRatio: { median, lowest, highest } }, index) => {
    const y = TOP + index * ROW;
    const fill = name.startsWith("tidegate") ? "#0b7285" : "#adb5bd";
    return `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>
<rect x="${LABELS}" y="${y}" width="${(x(median) - LABELS).toFixed(1)}" height="18" fill="${fill}"/>
<path d="M${x(lowest).toFixed(1)} ${y + 9}H${x(highest).toFixed(1)}" stroke="#212529"/>
<text x="${(x(highest) + 6).toFixed(1)}" y="${y + 14}">${median.toFixed(2)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<title>CPU time a request beside a bare pass-through</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="8" y="18" font-weight="bold">CPU time a request, bare pass-through = 1 (median; line: lowest to highest)</text>
${rows.join("\n")}
<path d="M${x(1).toFixed(1)} ${TOP - 4}V${height - 12}M${x(1.4).toFixed(1)} ${TOP - 4}V${height - 12}" stroke="#495057" stroke-dasharray="4 3"/>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
