/**
 * What a page that counts down does in the browser: show what is left, then offer the way on. It reads the clock at every
 * tick, so a tab that slept is right when it wakes; and until it has shown one time the link stays as it was, so that a
 * browser in which it fails has the page without it.
 */
export const COUNTDOWN_SCRIPT = `const wait = part("wait"), timer = part("timer"), now = part("now"), link = part("again");
const units = ["day", "hour", "minute", "second"], sizes = [86400, 3600, 60, 1];
const total = Number(timer.dataset.seconds);
const openedAt = Date.now(), openedTick = performance.now();
// Clocks may be set back, and ticks may stop while a device sleeps: whichever went on is right.
const passed = () => Math.max(Date.now() - openedAt, performance.now() - openedTick) / 1000;
function text(seconds) {
  const first = sizes.findIndex((size) => seconds >= size);
  const large = sizes[first] || 1, small = sizes[first + 1] || 1;
  const rounded = Math.ceil(seconds / small) * small;
  if (rounded !== seconds) return text(rounded);
  const parts = [Math.floor(seconds / large), (seconds % large) / small]
    .map((count, below) => [count, units[(first < 0 ? 3 : first) + below]])
    .filter(([count, unit], below) => unit && (below === 0 || count > 0))
    .map(([count, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count));
  return new Intl.ListFormat(language, { type: "unit", style: "long" }).format(parts);
}
let ticking, isOver = false;
function tick() {
  if (isOver) return;
  const left = Math.ceil(total - passed());
  if (left > 0) return set(timer, text(left));
  isOver = true;
  clearInterval(ticking);
  wait.hidden = true;
  now.textContent = now.dataset.text;
  if (link) {
    link.setAttribute("href", "");
    link.removeAttribute("role");
    link.removeAttribute("aria-disabled");
  }
  offerBack();
}
tick();
if (link && !isOver) {
  link.removeAttribute("href");
  link.setAttribute("role", "link");
  link.setAttribute("aria-disabled", "true");
}
ticking = setInterval(tick, 250);
document.addEventListener("visibilitychange", tick);
addEventListener("pageshow", tick);
`;
