/** What scripts of all pages share: finding parts, times by the reader's own clock, the way back to a form. */

/** Puts parts into one closure, since nothing of a page is anybody else's. Comments and indents are for us, not for phones. */
export function script(...parts: readonly string[]): string {
  return `(() => {\n${parts.join("").replaceAll(/^ +(?:\/\/.*\n)?|^\/\/.*\n/gm, "")}})();\n`;
}

export const BASE_SCRIPT = `const part = (id) => document.getElementById(id), language = document.documentElement.lang, back = part("back");
function set(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}
function clock(atMs) {
  const isToday = new Date(atMs).toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, isToday ? { timeStyle: "short" } : { dateStyle: "long", timeStyle: "short" }).format(atMs);
}
function clocks(from, to) {
  const format = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  return format.formatRange(from, to);
}
for (const time of document.querySelectorAll("time[datetime]")) set(time, clock(Date.parse(time.dateTime)));
for (const hours of document.querySelectorAll("[data-from]")) set(hours, clocks(Number(hours.dataset.from), Number(hours.dataset.to)));
if (back) back.addEventListener("click", () => history.back());
function offerBack() {
  if (back && history.length > 1) back.hidden = false;
}
`;

/** Storage that lives as long as the tab; a browser may refuse it. */
export const MEMORY_SCRIPT = `function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {}
}
function remember(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {}
}
`;
