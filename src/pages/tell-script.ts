/**
 * Calls the reader when the turn comes: by the page's title always, by a silent notification where it is wanted and
 * allowed. The page asks nothing while nobody looks at it, so in the background it can only go by the estimate.
 */
export const TELL_SCRIPT = `const tell = part("tell"), told = part("told"), tellKey = "tidegate tell";
let isTelling = false, calling;
function call(title) {
  document.title = title;
  if (!isTelling || !window.Notification || Notification.permission !== "granted") return;
  // Chrome on Android knows the word and throws.
  try {
    const note = new Notification(title, { silent: true, tag: "tidegate", lang: language, dir: document.documentElement.dir });
    note.onclick = () => {
      focus();
      note.close();
    };
  } catch {}
}
function showTelling() {
  tell.setAttribute("aria-pressed", String(isTelling));
  const isAllowed = !!window.Notification && Notification.permission === "granted";
  set(told, isTelling ? (isAllowed ? W.tell.on : W.tell.denied) : "");
  told.hidden = !isTelling;
}
tell.addEventListener("click", async () => {
  isTelling = !isTelling;
  remember(tellKey, isTelling);
  if (isTelling && window.Notification && Notification.permission === "default") {
    try {
      await Notification.requestPermission();
    } catch {}
  }
  showTelling();
});
isTelling = recall(tellKey) === true;
tell.hidden = false;
showTelling();
// A timer of a phone that sleeps comes late or never; then the title and the page say it when the reader looks.
document.addEventListener("visibilitychange", () => {
  clearTimeout(calling);
  if (isOver) return;
  if (!document.hidden) return showTitle();
  const inMs = likelyAtMs - Date.now();
  if (isTelling && inMs > 0 && inMs < 86400000) calling = setTimeout(() => call(W.tell.near), inMs);
});
`;
