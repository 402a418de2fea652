/**
 * What the page of a queued request does in the browser: ask for the place at the pace that the edge tells, one question
 * at a time and none while nobody looks. When the turn comes, it asks again for what was asked for by GET; what was
 * submitted is never submitted by it. A browser in which it fails has the page without it.
 */
export const POLL_SCRIPT = `(() => {
const part = (id) => document.getElementById(id);
const queue = part("queue"), line = part("line"), news = part("news"), kept = part("kept"), next = part("next"), back = part("back"), starts = part("starts");
const { room, poll, turn, submit, stale, gone, lost } = queue.dataset;
const language = document.documentElement.lang, count = new Intl.NumberFormat(language);
const units = [["second", 1, 90, 5], ["minute", 60, 90, 1], ["hour", 3600, 36, 0.5], ["day", 86400, Infinity, 0.5]];
let every = Number(poll), failures = 0, isOver = false, isDue = false, isCut = false, dueAt, timer, asking, askedAt;
function range({ low, high }) {
  const [unit, size, , step] = units.find(([, size, most]) => high <= size * most);
  const from = Math.floor(low / (size * step)) * step, to = Math.ceil(high / (size * step)) * step;
  const format = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  return format.formatRange ? format.formatRange(from, to) : format.format(from) + " – " + format.format(to);
}
function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
function show({ state, position, ahead, estimatedWaitSeconds, startsAt }) {
  part("placed").hidden = part("before").hidden = position === null;
  if (starts) starts.hidden = !startsAt;
  set(part("position"), count.format(position));
  set(part("ahead"), count.format(ahead));
  if (estimatedWaitSeconds) set(part("time"), range(estimatedWaitSeconds));
  part("paused").hidden = state !== "paused";
  part("wait").hidden = state === "paused" || !estimatedWaitSeconds;
  part("unknown").hidden = state === "paused" || !!estimatedWaitSeconds || !!startsAt;
  set(news, "");
}
function end(title, text) {
  isOver = true;
  clearTimeout(timer);
  line.hidden = kept.hidden = next.hidden = true;
  if (back && history.length > 1) back.hidden = false;
  document.title = title;
  set(document.querySelector("h1"), title);
  set(news, text);
}
function admitted() {
  end(turn, submit || "");
  if (!submit) location.reload();
}
function later(seconds) {
  isDue = false;
  dueAt = Date.now() + seconds * 1000;
  clearTimeout(timer);
  timer = setTimeout(ask, seconds * 1000);
}
async function ask() {
  isDue = true;
  if (isOver || asking || document.hidden) return;
  isDue = isCut = false;
  asking = new AbortController();
  askedAt = Date.now();
  const late = setTimeout(() => asking.abort(), 15000);
  let answer, wait = 0;
  try {
    answer = await fetch("/.tidegate/queue/" + encodeURIComponent(room), { credentials: "same-origin", cache: "no-store", headers: { accept: "application/json" }, signal: asking.signal });
    if (answer.status === 404) return end(gone, lost);
    wait = Number(answer.headers.get("retry-after")) || 0;
    const told = await answer.json();
    if (told.state === "admitted") return admitted();
    if (!(told.position > 0 || (told.position === null && told.ticket))) throw told;
    show(told);
    every = Math.min(Math.max(Number(told.pollAfterSeconds) || every, 1), 3600);
    failures = 0;
  } catch {
    failures++;
    isCut = !answer;
    set(news, stale);
  } finally {
    clearTimeout(late);
    asking = undefined;
  }
  if (isDue) return ask();
  later(failures ? Math.max(wait, Math.min(Math.max(60, every), every * 2 ** failures) * (0.75 + Math.random() / 2)) : every);
}
// A device that slept, or was offline, asks as soon as it is back; timers may have stood still meanwhile.
function wake() {
  if (document.hidden) return;
  if (asking && Date.now() - askedAt > 15000) {
    isDue = true;
    asking.abort();
  } else if (isDue || isCut || Date.now() >= dueAt) ask();
}
next.hidden = false;
if (back) back.addEventListener("click", () => history.back());
later(every);
document.addEventListener("visibilitychange", wake);
addEventListener("pageshow", wake);
addEventListener("online", wake);
})();
`;
