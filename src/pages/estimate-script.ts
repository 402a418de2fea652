/** Writes in the browser how long a wait will be, as estimate-text.ts does at the edge. */
export const ESTIMATE_SCRIPT = `const units = [["second", 1, 90, 5], ["minute", 60, 90, 1], ["hour", 3600, 36, 0.5], ["day", 86400, Infinity, 0.5]];
function range({ low, high }) {
  const [unit, size, , step] = units.find(([, size, most]) => high <= size * most);
  const from = Math.floor(low / (size * step)) * step, to = Math.ceil(high / (size * step)) * step;
  const format = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  return format.formatRange ? format.formatRange(from, to) : format.format(from) + " – " + format.format(to);
}
`;
