/** Origins that this edge sends no write to, and the probes that clear them. */
import type { Distrust, Proof } from "../config/control-api.ts";
import { noteAttempt } from "../policy/failed-writes.ts";
import type { Compiled } from "./compiled.ts";

/** Whom the edge does not trust with a write at present. */
export function distrustsOf(from: Compiled | undefined): Distrust[] {
  return (from?.pools ?? []).flatMap((pool) =>
    pool.origins.flatMap(({ name, memory: { trust } }) =>
      trust.failedAtMs === 0 ? [] : [{ pool: pool.name, origin: name, failedAtMs: trust.failedAtMs }],
    ),
  );
}

/** Takes what probes have proven meanwhile. */
export function trustAgain(from: Compiled | undefined, proofs: readonly Proof[]): void {
  for (const { pool, origin, probedAtMs } of proofs) {
    const memory = from?.pools
      .find(({ name }) => name === pool)
      ?.origins.find(({ name }) => name === origin)?.memory;
    const passed = { kind: "answered", status: 200, hasRetryAfter: false } as const;
    if (memory !== undefined) noteAttempt(memory.trust, "probe", passed, probedAtMs, Date.now());
  }
}
