import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Availability, availabilityOf, type OriginState } from "../../src/policy/availability.ts";
import { NEVER_EJECTED, nextEjection } from "../../src/policy/ejection.ts";
import { healthyShare, PANIC_DEFAULTS, type PoolMember, poolAvailability } from "../../src/policy/panic.ts";

const NOW_MS = 1_800_000_000_000;
const STATES: OriginState[] = ["healthy", "unhealthy", "ejected", "draining", "maintenance"];
const ejected = nextEjection(
  NEVER_EJECTED,
  { kind: "failing", reason: "no-success", probes: "unknown" },
  NOW_MS,
  0.5,
);

const inState = (state: OriginState): Availability =>
  availabilityOf(
    {
      override:
        state === "maintenance"
          ? { kind: "maintenance" }
          : state === "draining"
            ? { kind: "drain", deadlineMs: undefined }
            : { kind: "none" },
      probes: state === "unhealthy" ? "unhealthy" : "healthy",
      ejection: state === "ejected" ? ejected : NEVER_EJECTED,
      ejectionHolds: true,
      returned: undefined,
      capacity: undefined,
    },
    undefined,
    NOW_MS,
  );
/** `50 healthy, 30 unhealthy` */
const pool = (text: string): PoolMember[] =>
  text.split(", ").map((member) => {
    const [weight, word] = member.split(" ");
    const state = STATES.find((each) => each === word) ?? "healthy";
    return { weight: Number(weight), availability: inState(state) };
  });

describe("a pool", () => {
  it.each([
    ["50 healthy, 30 healthy, 20 healthy", "normal"],
    ["50 healthy, 30 unhealthy, 20 unhealthy", "normal"],
    ["50 unhealthy, 30 healthy, 20 ejected", "panic"],
    ["50 unhealthy, 30 unhealthy, 20 unhealthy", "panic"],
    ["1 healthy, 1 unhealthy", "normal"],
    // Losing the larger of two regions is what the other is for.
    ["60 unhealthy, 40 healthy", "normal"],
    ["60 unhealthy, 20 healthy, 20 healthy", "normal"],
    ["1 unhealthy", "panic"],
    // What an operator took out is not counted.
    ["50 maintenance, 30 healthy, 20 healthy", "normal"],
    ["50 maintenance, 30 unhealthy, 20 healthy", "normal"],
    ["50 draining, 50 healthy", "normal"],
    ["50 draining, 50 unhealthy", "panic"],
    ["50 draining, 50 draining", "normal"],
    ["50 draining, 50 maintenance", "normal"],
    ["0 unhealthy, 50 healthy", "normal"],
    ["50 maintenance, 50 maintenance", "maintenance"],
  ])("of %s is in %s", (members, kind) => {
    expect(poolAvailability(pool(members)).kind).toBe(kind);
  });

  it("changes nothing for its origins in normal times", () => {
    const members = pool("50 healthy, 30 unhealthy, 20 draining");
    expect(poolAvailability(members).origins).toEqual(members.map(({ availability }) => availability));
  });

  it("in panic spreads reads over all that are not in maintenance, and takes no writes", () => {
    const { origins } = poolAvailability(
      pool("40 unhealthy, 10 healthy, 20 ejected, 10 draining, 20 maintenance"),
    );
    expect(origins.map(({ takesReads }) => takesReads)).toEqual([true, true, true, true, false]);
    expect(origins.map(({ factor }) => factor)).toEqual([1, 1, 1, 1, 0]);
    expect(origins.some(({ takesWrites }) => takesWrites)).toBe(false);
    expect(origins.map(({ state }) => state)).toEqual([
      "unhealthy",
      "healthy",
      "ejected",
      "draining",
      "maintenance",
    ]);
  });

  it("can let writes go on to healthy origins, and keep reads from unhealthy ones", () => {
    const members = pool("60 unhealthy, 20 healthy, 20 unhealthy");
    const writes = poolAvailability(members, { ...PANIC_DEFAULTS, writes: "healthy" }).origins;
    expect(writes.map(({ takesWrites }) => takesWrites)).toEqual([false, true, false]);
    expect(writes.every(({ takesReads }) => takesReads)).toBe(true);
    const reads = poolAvailability(members, { ...PANIC_DEFAULTS, reads: "healthy" }).origins;
    expect(reads.map(({ takesReads }) => takesReads)).toEqual([false, true, false]);
    expect(reads.some(({ takesWrites }) => takesWrites)).toBe(false);
  });

  it("changes only writes where reads stay with healthy origins", () => {
    const members = pool("60 unhealthy, 20 healthy, 20 unhealthy");
    const { origins } = poolAvailability(members, { ...PANIC_DEFAULTS, reads: "healthy" });
    expect(origins).toEqual(members.map(({ availability }) => ({ ...availability, takesWrites: false })));
  });

  it("without origins is in no panic and in no maintenance", () => {
    expect(poolAvailability([])).toEqual({ kind: "normal", origins: [] });
  });

  it("can spread writes as it spreads reads", () => {
    const members = pool("60 unhealthy, 20 healthy, 20 maintenance, 20 ejected");
    const { origins } = poolAvailability(members, { ...PANIC_DEFAULTS, writes: "spread" });
    expect(origins.map(({ takesWrites }) => takesWrites)).toEqual([true, true, false, true]);
  });

  it("never panics with a threshold of 0", () => {
    expect(poolAvailability(pool("1 unhealthy, 1 unhealthy"), { ...PANIC_DEFAULTS, threshold: 0 }).kind).toBe(
      "normal",
    );
  });

  const member = fc.record({
    weight: fc.integer({ min: 0, max: 100 }),
    availability: fc.constantFrom(...STATES).map(inState),
  });

  it("never sends anybody to an origin in maintenance, and in panic no write anywhere", () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), (members) => {
        const { kind, origins } = poolAvailability(members);
        for (const origin of origins) {
          if (origin.state === "maintenance")
            expect(origin).toMatchObject({ takesReads: false, takesWrites: false });
          else if (kind === "panic") expect(origin).toMatchObject({ takesReads: true, takesWrites: false });
        }
        expect(healthyShare(members)).toBeGreaterThanOrEqual(0);
        expect(healthyShare(members)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
