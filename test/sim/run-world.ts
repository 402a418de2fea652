/** Runs a world: the small one of a seed, or any other. */
import { Chance } from "./chance.ts";
import { scenarioOf } from "./draw-scenario.ts";
import type { Figures } from "./figures.ts";
import type { Outcome } from "./outcome.ts";
import type { Scenario } from "./scenario.ts";
import { Trace } from "./trace.ts";
import { VirtualTime, withVirtual } from "./virtual.ts";
import { START_MS, World } from "./world.ts";

export function runSeed(seed: number, keepsTrace = false): Outcome {
  return runWorld(scenarioOf(seed), keepsTrace);
}

/**
 * @param figures of a big world, which is looked at every few seconds and not at each step: that would take days
 */
export function runWorld(scenario: Scenario, keepsTrace = false, figures?: Figures): Outcome {
  const time = new VirtualTime();
  time.agenda.nowMs = START_MS;
  const chance = new Chance(scenario.seed);
  return withVirtual(time, chance, () => {
    const world = new World(scenario, time, chance, new Trace(keepsTrace), figures);
    try {
      return world.run();
    } finally {
      world.close();
    }
  });
}
