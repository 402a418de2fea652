/** Times and durations as operators write and read them. */
import { parseDuration, parseInstant } from "../../src/config/schema/units.ts";
import { CommandError } from "./errors.ts";

/** `now`, or RFC 3339 with an offset, seconds left out or not. @throws with what is expected */
export function readTime(option: string, text: string, nowMs: number): number {
  if (text === "now") return nowMs;
  const whole = text.replace(/^(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2})(?!:)/, "$1:00");
  const atMs = parseInstant(whole);
  if (atMs !== undefined) return atMs;
  throw new CommandError(
    `${option}: "${text}" is no time with an offset, such as 2026-12-01T02:00+08:00 or 2026-11-30T18:00Z`,
    2,
  );
}

/** `30s`, `10m`, `2h`. @throws with what is expected */
export function readDuration(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CommandError(`${option}: "${text}" is no duration, such as 90s, 30m or 2h`, 2);
}

/** By this machine's clock and by UTC: `2026-12-01 02:00:00 +08:00 (2026-11-30 18:00:00 UTC)`. */
export function timeText(atMs: number): string {
  return `${localText(atMs)} (${utcText(atMs)} UTC)`;
}

/** `2026-12-01 02:00:00 +08:00`, in the zone of this machine (or of TZ). */
export function localText(atMs: number): string {
  const offset = -new Date(atMs).getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${utcText(atMs + offset * 60_000)} ${sign}${twoDigits(hours)}:${twoDigits(minutes)}`;
}

export function utcText(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").slice(0, 19);
}

/** An age or a length in its largest sensible unit: `850 ms`, `12 s`, `5 min`, `3 h`. */
export function lengthText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
