/** What the simulation of a waiting room comes to, in the figures that it is judged by. */
import type { RoomRules } from "../../src/policy/room-rules.ts";
import type { Person, Run } from "./room-crowd.ts";

export function roomOf(activeLimit: number): RoomRules {
  return {
    ...{ mode: "auto", activeLimit, admitPerMinute: 1_000_000, reachable: 1 },
    ...{ sessionMs: 20_000, renews: true, claimWindowMs: 20_000, ticketLifeMs: 3_600_000 },
    ...{ lanes: [], events: [] },
  };
}

/** Times at which people come, evenly drawn from a time. */
export function arrivalsAtOnce(people: number, withinMs: number, random: () => number): number[] {
  return Array.from({ length: people }, () => random() * withinMs).sort((a, b) => a - b);
}

/** One by one, independent of each other. */
export function arrivalsByChance(perSecond: number, seconds: number, random: () => number): number[] {
  const times: number[] = [];
  for (let atMs = 0; ; ) {
    atMs -= (Math.log(1 - random()) * 1000) / perSecond;
    if (atMs >= seconds * 1000) return times;
    times.push(atMs);
  }
}

export function figuresOf({ samples, people, idleMs, polls, exchanges, claims }: Run, warmUpMs: number) {
  const busy = samples.filter(({ waiting, atMs }) => waiting > 0 && atMs >= warmUpMs);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + (value ?? 0), 0);
  return {
    mostInUse: samples.reduce((most, { active, leased }) => Math.max(most, active + leased), 0),
    mostInside: samples.reduce((most, { inside }) => Math.max(most, inside), 0),
    /** Share of the slots that are active while anyone waits. */
    used: round(sum(busy.map(({ active, limit }) => active / limit)) / Math.max(1, busy.length)),
    idleMs: quantiles(idleMs),
    admitted: people.filter(({ admittedAtMs }) => Number.isFinite(admittedAtMs)).length,
    left: people.filter(({ leftAtMs }) => Number.isFinite(leftAtMs)).length,
    /** Neither in nor gone. */
    lost: people.filter((one) => !Number.isFinite(one.admittedAtMs) && !Number.isFinite(one.leftAtMs)).length,
    grew: people.filter(({ told }) =>
      told.some(({ position }, at) => position > (told[at - 1]?.position ?? Number.POSITIVE_INFINITY)),
    ).length,
    polls,
    exchanges: sum(exchanges),
    claims: sum(claims),
  };
}

/** Normalised Kendall-tau distance between arrival and being called: 0 for the same order, 1 for the opposite. */
export function inversions(people: readonly Person[]): number {
  const called = people
    .filter(({ hasTicket, calledAtMs }) => hasTicket && Number.isFinite(calledAtMs))
    .sort((a, b) => a.order - b.order)
    .map(({ calledAtMs }) => calledAtMs);
  let count = 0;
  const merge = (values: number[]): number[] => {
    if (values.length < 2) return values;
    const half = values.length >> 1;
    const [left, right] = [merge(values.slice(0, half)), merge(values.slice(half))];
    const all: number[] = [];
    let at = 0;
    for (const value of right) {
      while (at < left.length && (left[at] ?? 0) <= value) all.push(left[at++] ?? 0);
      count += left.length - at;
      all.push(value);
    }
    return [...all, ...left.slice(at)];
  };
  merge(called);
  return count / ((called.length * (called.length - 1)) / 2);
}

/**
 * Errors of the position that was told first, against how many came before by the times signed in the tickets, where
 * nobody has been let in yet: in places, and as shares of what may be wrong (a hundredth, or two places).
 */
export function issueErrors(people: readonly Person[]) {
  const waiting = people.filter(({ hasTicket, told }) => hasTicket && told.length > 0);
  waiting.sort((a, b) => a.ticketAtMs - b.ticketAtMs || a.order - b.order);
  const errors = waiting.map(({ told }, ahead) => Math.abs((told[0]?.position ?? 0) - (ahead + 1)));
  return {
    places: quantiles(errors),
    shares: quantiles(errors.map((error, ahead) => error / (ahead + 1))),
    ofAllowed: quantiles(errors.map((error, ahead) => error / Math.max(2, 0.01 * (ahead + 1)))),
    answeredAfterMs: quantiles(waiting.map(({ answeredAfterMs }) => answeredAfterMs)),
  };
}

/**
 * Share of users whose estimate holds: the wait from a poll after `fromMs` was within so much of the middle of what was told.
 * Waits shorter than `leastMs` are left out: seconds of a poll interval are much of them.
 */
export function estimatesWithin(
  people: readonly Person[],
  share: number,
  fromMs: number,
  leastMs: number,
): number {
  let right = 0;
  let all = 0;
  for (const { told, admittedAtMs } of people) {
    const start = (told[0]?.atMs ?? 0) + fromMs;
    const estimate = told.find(({ atMs, low }) => atMs >= start && low !== undefined);
    if (estimate === undefined || !Number.isFinite(admittedAtMs)) continue;
    const waitMs = admittedAtMs - estimate.atMs;
    if (waitMs < leastMs) continue;
    all += 1;
    const { low = 0, high = 0 } = estimate;
    if (Math.abs((low + high) * 500 - waitMs) <= share * waitMs) right += 1;
  }
  return all === 0 ? 0 : right / all;
}

export function callsPerSecond({ exchanges, claims }: Run, fromS: number, toS: number): number {
  let calls = 0;
  for (let second = fromS; second < toS; second += 1)
    calls += (exchanges[second] ?? 0) + (claims[second] ?? 0);
  return calls / (toS - fromS);
}

function quantiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
