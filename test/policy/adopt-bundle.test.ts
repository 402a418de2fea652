import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideBundle, type KnownBundle } from "../../src/policy/adopt-bundle.ts";

const bundle = (sha256: string, deployedAtMs: number): KnownBundle => ({ sha256, deployedAtMs });
const IN_PRODUCTION = false;
const IN_DEVELOPMENT = true;

describe("a deployed configuration file", () => {
  it.each([
    ["the first of all", undefined, bundle("a", 100), "adopt"],
    ["the first of all, deployed at an unknown time", undefined, bundle("a", 0), "adopt"],
    ["the same of the same deployment", bundle("a", 100), bundle("a", 100), "ignore"],
    ["the same, deployed again", bundle("a", 100), bundle("a", 200), "note"],
    ["the same of an older deployment", bundle("a", 200), bundle("a", 100), "ignore"],
    ["another one of a newer deployment", bundle("a", 100), bundle("b", 200), "adopt"],
    ["another one of an older deployment", bundle("a", 200), bundle("b", 100), "ignore"],
    ["another one of the same instant", bundle("a", 100), bundle("b", 100), "ignore"],
    ["another one after one of an unknown time", bundle("a", 0), bundle("b", 100), "adopt"],
    ["the same after one of an unknown time", bundle("a", 0), bundle("a", 100), "note"],
    ["the same, deployed at an unknown time", bundle("a", 100), bundle("a", 0), "ignore"],
  ] as const)("%s, is decided alike in production and development", (_, known, offered, expected) => {
    expect(decideBundle(known, offered, IN_PRODUCTION)).toBe(expected);
    expect(decideBundle(known, offered, IN_DEVELOPMENT)).toBe(expected);
  });

  it("changed and of an unknown time, is followed in development only", () => {
    for (const known of [bundle("a", 0), bundle("a", 100)]) {
      expect(decideBundle(known, bundle("b", 0), IN_PRODUCTION)).toBe("ignore");
      expect(decideBundle(known, bundle("b", 0), IN_DEVELOPMENT)).toBe("adopt");
    }
  });

  it("becomes a version once and never gives way to an older one, in whatever order edges offer deployments", () => {
    const deployments = fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 6 })
      .map((files) => files.map((file, index) => bundle(file, (index + 1) * 100)));
    const offers = deployments.chain((deployed) =>
      fc.tuple(
        fc.constant(deployed),
        fc.array(fc.constantFrom(...deployed), { minLength: 1, maxLength: 40 }),
      ),
    );
    fc.assert(
      fc.property(offers, ([, offered]) => {
        let known: KnownBundle | undefined;
        const adopted: KnownBundle[] = [];
        for (const offer of offered) {
          const decision = decideBundle(known, offer, IN_PRODUCTION);
          if (decision === "adopt") adopted.push(offer);
          if (decision !== "ignore") known = offer;
        }
        const newest = offered.reduce((a, b) => (b.deployedAtMs > a.deployedAtMs ? b : a));
        expect(known).toEqual(newest);
        adopted.forEach((version, index) => {
          const previous = adopted[index - 1];
          if (previous === undefined) return;
          expect(version.deployedAtMs).toBeGreaterThan(previous.deployedAtMs);
          expect(version.sha256).not.toBe(previous.sha256);
        });
      }),
    );
  });
});
