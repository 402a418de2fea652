// Control and the edges each go through an ejection's trials by their own clocks and dice: in the end they must agree.
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { takeReport } from "../../src/edge/origin-memory.ts";
import { isOut } from "../../src/policy/ejection.ts";
import { randomFrom } from "../support/lease-model.ts";
import { configOf, Keeping, SECOND, START_MS } from "./keeping.ts";
import { ANSWERED, PoolEdge, REFUSED } from "./pools.ts";

/** A trial that has failed three times does not make it longer any more. */
const ORIGINS = { hk: 1, sg: 1 };
const POOL = { ejection: { base: "1s", max: "3s" } };
const STEP_MS = 50;
/** The last trial may just have failed; then three reads in a second each, a hold, and what edges and Control tell each other. */
const BACK_WITHIN_MS = 3300 + 4 * SECOND + 3 * SECOND;

afterEach(() => void vi.restoreAllMocks());

interface Agreement {
  readonly seed: number;
  /** Each edge's clock against Control's. */
  readonly skewsMs: readonly number[];
  readonly failsForMs: number;
}

/** Of a region that fails for so long, and is well from then on: who is wrong about it after the time that it may take. */
function wrongAfterCure({ seed, skewsMs, failsForMs }: Agreement): string[] {
  const random = randomFrom(seed);
  vi.spyOn(Math, "random").mockImplementation(random);
  const control = new Keeping();
  control.config = configOf(ORIGINS, POOL);
  const edges = skewsMs.map((skewMs) => ({
    skewMs,
    edge: new PoolEdge({ origins: ORIGINS, pool: POOL }, START_MS + skewMs),
    /** When it speaks to Control within each second. */
    turnMs: Math.floor((random() * SECOND) / STEP_MS) * STEP_MS,
  }));
  const curedMs = START_MS + failsForMs;
  for (; control.nowMs < curedMs + BACK_WITHIN_MS; control.nowMs += STEP_MS) {
    for (const [index, { edge, skewMs, turnMs }] of edges.entries()) {
      const nowMs = control.nowMs + skewMs;
      const placement = edge.placement(nowMs, undefined, { mayTry: true });
      const name = placement.kind === "origin" ? (edge.pool.origins[placement.index]?.name ?? "") : "";
      const isTrial = placement.kind === "origin" && placement.isTrial;
      const isFailure = name === "hk" && control.nowMs < curedMs;
      if (name !== "") edge.ended(name, isFailure ? REFUSED : ANSWERED, nowMs, { isTrial });
      if ((control.nowMs - START_MS) % SECOND !== turnMs) continue;
      const report = takeReport("wallet", "hk", edge.memory("hk"));
      if (report !== undefined) control.report(`edge-${index}`, "hk", report.stats, report.tried);
      control.evaluate();
      edge.take({ origins: ORIGINS, pool: POOL, health: control.published.wallet ?? {} }, nowMs);
    }
  }
  const wrong = edges.flatMap(({ edge }, index) =>
    isOut(edge.memory("hk").ejection) ? [`edge ${index}`] : [],
  );
  return isOut(control.of("hk").ejection) ? ["Control", ...wrong] : wrong;
}

describe("a region that was ejected for so long that its time out grows no more", () => {
  it("is back for Control and for every edge when it has been well for a while", { timeout: 120_000 }, () => {
    const skewMs = fc.integer({ min: -300, max: 300 });
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(1_000_000),
          skewsMs: fc.array(skewMs, { minLength: 1, maxLength: 3 }),
          failsForMs: fc.integer({ min: 14, max: 20 }).map((seconds) => seconds * SECOND),
        }),
        (agreement) => {
          expect(wrongAfterCure(agreement)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});
