/** `npm run crash:limits -- --points 1000`: kill -9 of a bare workerd under load, over and over; no bucket may refill. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { crashLimits } from "./crash/limits.ts";
import { percentile } from "./lib/percentile.ts";

const { values } = parseArgs({
  options: {
    points: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    /** Deletes the objects' state at each kill: shows that a refill for free is found. */
    "lose-state": { type: "boolean", default: false },
  },
});
const points = Number(values.points);
const seed = Number(values.seed);
if (!Number.isSafeInteger(points) || points < 1 || !Number.isSafeInteger(seed)) {
  throw new Error("--points is a whole number from 1, --seed a whole number");
}

const { kills, seconds, buckets, admitted, struck, overdrawn, backAfterMs } = await crashLimits({
  points,
  seed,
  losesState: values["lose-state"],
  onKill: (done) => {
    if (done % 50 === 0) console.log(`${done} of ${points}`);
  },
});
const used = buckets.filter((bucket) => bucket.limit.refill === 0 && bucket.admitted > 0);
const shares = used.map((bucket) => bucket.admitted / bucket.limit.capacity);
const ms = (share: number) => percentile(backAfterMs, share).toFixed(0);
console.log(
  [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model ?? "?"}, seed ${seed}`,
    `${kills} kill -9 in ${seconds.toFixed(0)} s; serving again after ${ms(0.5)} ms (p5 ${ms(0.05)}, p95 ${ms(0.95)})`,
    `${buckets.length} buckets, struck ${struck} times while in use; ${admitted} requests at the origin`,
    `of what never comes back, used: median ${(100 * percentile(shares, 0.5)).toFixed(0)} %, most ${(100 * Math.max(...shares)).toFixed(0)} %`,
    `buckets that gave more than capacity + rate x time: ${overdrawn.length}`,
    ...overdrawn.map(
      ({ user, limit, admitted: gave, held }) =>
        `  ${user}: gave ${gave} and held ${held} of ${limit.capacity}`,
    ),
  ].join("\n"),
);
process.exitCode = overdrawn.length === 0 ? 0 : 1;
