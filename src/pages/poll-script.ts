/**
 * What the page of a queued request does in the browser: ask for the place at the pace that the edge tells, one question
 * at a time and none while nobody looks. When the turn comes, it asks again for what was asked for by GET; what was
 * submitted is never submitted by it. A browser in which it fails has the page without it.
 */
export const POLL_SCRIPT = `let every = S.poll, failures = 0, isDue = false, isCut = false, dueAt, timer, asking, askedAt;
const LATE_MS = 15000, AGAIN_MS = 60000;
function end(title, text) {
  isOver = true;
  clearTimeout(timer);
  // Whoever is called is not in line any more: nothing here may say so, or offer to give up what has come.
  for (const id of ["waiting", "next", "kept", "help", "leaving"]) part(id).hidden = true;
  part("over").hidden = false;
  offerBack();
  set(document.querySelector("h1"), title);
  set(part("overText"), text);
  say(title + " " + text);
  call(title);
}
function lost() {
  end(W.lostTitle, W.lost);
  set(part("go"), W.askAgain);
}
function admitted() {
  const key = "tidegate turn " + S.room, before = recall(key), isTurning = before && Date.now() - before < AGAIN_MS;
  end(W.turn, W.submitNow || "");
  if (W.submitNow) return;
  // Let in a moment ago and here again: this browser does not keep what lets it in, and must not go round in circles.
  if (isTurning) return;
  remember(key, Date.now());
  location.reload();
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
  const late = setTimeout(() => asking.abort(), LATE_MS), began = performance.now();
  let answer, wait = 0;
  try {
    answer = await fetch("/.tidegate/queue/" + encodeURIComponent(S.room), { credentials: "same-origin", cache: "no-store", redirect: "error", headers: { accept: "application/json" }, signal: asking.signal });
    measured(performance.now() - began);
    if (answer.status === 404 || answer.status === 410) return lost();
    wait = Number(answer.headers.get("retry-after")) || 0;
    const standing = await answer.json();
    if (standing.state === "admitted") return admitted();
    if (!(standing.position > 0 || (standing.position === null && standing.ticket))) throw standing;
    show(standing);
    every = Math.min(Math.max(Number(standing.pollAfterSeconds) || every, 1), 3600);
    failures = 0;
    part("stale").hidden = true;
  } catch {
    failures++;
    isCut = !answer;
    part("stale").hidden = false;
    say(W.stale);
  } finally {
    clearTimeout(late);
    asking = undefined;
    showNet();
  }
  if (isDue) return ask();
  later(failures ? Math.max(wait, Math.min(Math.max(60, every), every * 2 ** failures) * (0.75 + Math.random() / 2)) : every);
}
// A device that slept, or was offline, asks as soon as it is back; timers may have stood still meanwhile.
function wake() {
  if (document.hidden || isOver) return;
  if (asking && Date.now() - askedAt > LATE_MS) {
    isDue = true;
    asking.abort();
  } else if (isDue || isCut || Date.now() >= dueAt) ask();
}
later(every);
document.addEventListener("visibilitychange", wake);
addEventListener("pageshow", wake);
addEventListener("online", wake);
if (part("leave")) part("leave").addEventListener("submit", () => {
  isOver = true;
  clearTimeout(timer);
});
`;
