/**
 * Is it the reader's network, or the bank? What the page measures of its own questions, in the reader's words. Before the
 * first question it knows how long the page itself took.
 */
export const HELP_SCRIPT = `const net = part("net"), busy = part("busy"), trips = [], KEPT_TRIPS = 5, SLOW_MS = 1500;
let waitingNow = S.waiting;
const [own] = performance.getEntriesByType ? performance.getEntriesByType("navigation") : [];
if (own && own.responseStart > own.requestStart) trips.push(own.responseStart - own.requestStart);
function measured(ms) {
  trips.push(ms);
  if (trips.length > KEPT_TRIPS) trips.shift();
}
function showNet() {
  const isOffline = navigator.onLine === false;
  const middle = trips.length ? [...trips].sort((a, b) => a - b)[trips.length >> 1] : undefined;
  const kind = isOffline ? "offline" : middle === undefined ? "loaded" : middle > SLOW_MS ? "slow" : "fine";
  const ms = Math.max(1, Math.round(middle)), isLong = ms >= 1000;
  const trip = middle === undefined ? "" : new Intl.NumberFormat(language, { style: "unit", unit: isLong ? "second" : "millisecond", unitDisplay: "long", maximumFractionDigits: 1 }).format(isLong ? ms / 1000 : ms);
  net.dataset.net = kind;
  set(net.firstElementChild, W.help[kind].replace("{time}", trip));
  busy.hidden = isOffline;
  set(busy, waitingNow > 0 ? W.help.busyCount.replace("{count}", count.format(waitingNow)) : W.help.busy);
}
addEventListener("online", showNet);
addEventListener("offline", showNet);
showNet();
`;
