/** `npm run simulate:room [WAITERS...]`: what crowds of several sizes cost the Room object and how their line moves. */
import { randomFrom } from "../test/support/lease-model.ts";
import { arrivalsAtOnce, callsPerSecond, figuresOf, roomOf } from "../test/support/room-figures.ts";
import { simulateRoom } from "../test/support/room-simulation.ts";

const SECONDS = 150;
const sizes = process.argv.slice(2).map(Number);

for (const waiters of sizes.length > 0 ? sizes : [1000, 10_000, 100_000]) {
  const beganAtMs = Date.now();
  const run = simulateRoom({
    ...{ seed: 1, edges: 8, rules: roomOf(100), leaving: 0, saidToEnd: 0.8 },
    ...{ stayMs: [5000, 60_000], delayMs: [1, 10], untilMs: SECONDS * 1000 },
    arrivals: arrivalsAtOnce(waiters, 10_000, randomFrom(waiters)),
  });
  const { polls, claims, used, idleMs, mostInUse } = figuresOf(run, 30_000);
  console.log(`${waiters} waiters`, {
    callsPerSecond: callsPerSecond(run, 60, SECONDS),
    pollsPerSecond: Math.round(polls / SECONDS),
    ...{ claims, used, idleMs, mostInUse },
    seconds: Math.round((Date.now() - beganAtMs) / 1000),
  });
}
