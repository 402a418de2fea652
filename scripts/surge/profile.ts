/** When users come: how the rate of newcomers moves over the time of a surge. */

export const PROFILES = ["ramp", "spike", "holiday"] as const;
export type Profile = (typeof PROFILES)[number];

/** What each is, for help texts. */
export const PROFILE_TEXTS: Readonly<Record<Profile, string>> = {
  ramp: "rises evenly for two thirds of the time, then stays",
  spike: "a tenth of the peak, all of it for a fifth of the time, a tenth again",
  holiday:
    "all at once at the start, as at midnight, then less and less; a second wave of half the height later",
};

/** Share of the peak rate at a share of the time, both 0 to 1. */
export function rateAt(profile: Profile, time: number): number {
  switch (profile) {
    case "ramp":
      return Math.min(1, time * 1.5);
    case "spike":
      return time >= 0.3 && time < 0.5 ? 1 : 0.1;
    case "holiday": {
      const first = time < 0.05 ? time / 0.05 : Math.exp((0.05 - time) * 6);
      const second = 0.5 * Math.exp(-(((time - 0.6) / 0.08) ** 2));
      return Math.min(1, Math.max(first, second, 0.05));
    }
  }
}

const STEP_MS = 10;

/** Times at which users come, milliseconds from the start: open loop, whatever the answers. */
export function arrivalTimes(profile: Profile, peakPerSecond: number, durationMs: number): number[] {
  const times: number[] = [];
  let due = 0;
  for (let atMs = 0; atMs < durationMs; atMs += STEP_MS) {
    due += (peakPerSecond * rateAt(profile, atMs / durationMs) * STEP_MS) / 1000;
    for (; due >= 1; due -= 1) times.push(atMs);
  }
  return times;
}
