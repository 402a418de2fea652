/**
 * Shows a standing in the browser as queued.tsx shows it at the edge, and what only the browser knows: how far the reader
 * has come, and when the wait ends by the reader's own clock. Screen readers are told in one sentence, and not more often
 * than every ten seconds.
 */
export const SHOW_SCRIPT = `const S = JSON.parse(part("queue").dataset.settings), W = S.words, count = new Intl.NumberFormat(language);
const SAY_EVERY_MS = 10000, bar = part("bar"), spoken = part("say");
let isOver = false, likelyAtMs = 0, title = document.title, toSay = "", saidAt = -Infinity, saying;
function say(text) {
  toSay = text;
  clearTimeout(saying);
  const inMs = saidAt + SAY_EVERY_MS - Date.now();
  if (inMs > 0) saying = setTimeout(() => say(toSay), inMs);
  else if (spoken.textContent !== text) {
    saidAt = Date.now();
    spoken.textContent = text;
  }
}
// The first position that this place had in this tab: a later one that is larger belongs to another place.
function firstSeen(position, joinedAt = "") {
  const key = "tidegate first " + S.room, before = recall(key);
  if (before && before.joinedAt === joinedAt && before.position >= position) return before.position;
  remember(key, { position, joinedAt });
  return position;
}
function showTitle() {
  if (!isOver) document.title = title;
}
function show({ state, position, ahead, estimatedWaitSeconds: estimate, waiting, keptUntil, startsAt, joinedAt }) {
  const isBefore = Date.parse(startsAt) > Date.now(), isPaused = state === "paused" && !isBefore, isPlaced = position > 0;
  part("place").hidden = !isPlaced;
  part("ahead").hidden = !(ahead > 0);
  part("first").hidden = ahead > 0;
  let sentence = W.title;
  if (isPlaced) {
    set(part("count"), count.format(ahead));
    set(part("position"), count.format(position));
    sentence = ahead > 0 ? W.ahead.replace("{count}", count.format(ahead)) : W.first;
    const first = firstSeen(position, joinedAt);
    bar.max = Math.max(first, 1);
    bar.value = first - position;
    bar.hidden = first <= 1;
  }
  title = S.brand ? sentence + " · " + S.brand : sentence;
  const isTold = !isBefore && !isPaused && !!estimate;
  part("before").hidden = !isBefore;
  part("paused").hidden = !isPaused;
  part("wait").hidden = part("clock").hidden = !isTold;
  part("unknown").hidden = isBefore || isPaused || isTold;
  likelyAtMs = isBefore ? Date.parse(startsAt) : 0;
  if (isBefore) set(part("startTime"), clock(likelyAtMs));
  if (isTold) {
    set(part("time"), range(estimate));
    set(part("clock"), W.clock.replace("{time}", clocks(Date.now() + estimate.low * 1000, Date.now() + estimate.high * 1000)));
    likelyAtMs = Date.now() + estimate.low * 1000;
    sentence += " " + W.wait.replace("{time}", range(estimate));
  } else sentence += " " + (isBefore ? part("before") : isPaused ? part("paused") : part("unknown")).textContent;
  if (keptUntil) {
    set(part("keptTime"), clock(Date.parse(keptUntil)));
    part("keptUntil").hidden = false;
  }
  if (waiting !== undefined) waitingNow = waiting;
  say(sentence);
  if (!document.hidden) showTitle();
}
`;
