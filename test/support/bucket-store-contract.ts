// What every store of buckets does, whatever it is made of. Knows no runtime: it runs in Node and in workerd.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beginAsk,
  decideLease,
  endAsk,
  isLive,
  newLease,
  noteDemand,
  spend,
} from "../../src/policy/lease.ts";
import type { Ask, Grant } from "../../src/policy/lending.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import type { BucketStore } from "../../src/stores/bucket-store.ts";

/** The stores under test: they share all buckets. */
export interface StoreWorld {
  /** The store of the edge of this name, whose clock is wrong by so much where it has a clock at all. */
  store(edge: string, skewMs?: number): BucketStore;
  /** A store that cannot be reached. */
  broken(): BucketStore;
  /** The right time, by which the world goes. */
  now(): number;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
}

export interface ContractOptions {
  /** So much later than promised a store may see a token; the times of the tests are in proportion. */
  readonly latenessMs: number;
  /** Tokens that one edge may spend early: those lent ahead come whole, also after the bucket was full. */
  readonly earlyTokens: number;
  /** By so much a length of time may be longer than its two readings say: clocks cut off the parts of a millisecond. */
  readonly clockErrorMs: number;
  /** Random histories to try. */
  readonly runs: number;
}

const NEVER = { refill: 0, intervalMs: 1000 };

interface Answered {
  readonly grant: Grant;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

let buckets = 0;
/** A bucket that no test has used. */
const newKey = () => `contract:${(buckets++).toString(36)}-${Math.random().toString(36).slice(2)}`;

export function bucketStoreContract(
  name: string,
  world: () => StoreWorld,
  { latenessMs, earlyTokens, clockErrorMs, runs }: ContractOptions,
): void {
  const ask = (store: BucketStore, key: string, shape: BucketShape, wish: Partial<Ask>) =>
    answered(world(), store, key, shape, wish);
  const pays = async (store: BucketStore, key: string, shape: BucketShape, need: number) =>
    (await ask(store, key, shape, { need })).grant.isPaid;
  const paysInARow = async (
    store: BucketStore,
    key: string,
    shape: BucketShape,
    needs: readonly number[],
  ) => {
    const outcomes: boolean[] = [];
    for (const need of needs) outcomes.push(await pays(store, key, shape, need));
    return outcomes;
  };

  describe(`${name} as a store of buckets`, () => {
    it("pays while there are tokens and denies exactly at the end", async () => {
      const [store, key, shape] = [world().store("a"), newKey(), { capacity: 5, ...NEVER }];
      expect(await paysInARow(store, key, shape, [1, 1, 1, 1, 1, 1, 1])).toEqual([
        ...[true, true, true, true, true],
        ...[false, false],
      ]);
    });

    it("charges a denied request nothing, whatever requests cost", async () => {
      const [store, key, shape] = [world().store("a"), newKey(), { capacity: 5, ...NEVER }];
      expect(await paysInARow(store, key, shape, [3, 5, 3, 1, 6, 1, 1])).toEqual([
        true,
        false,
        false,
        true,
        false,
        true,
        false,
      ]);
    });

    it("tells the level that is left, after a denial too", async () => {
      const [store, key, shape] = [world().store("a"), newKey(), { capacity: 10, ...NEVER }];
      expect((await ask(store, key, shape, { need: 4 })).grant.level).toBeCloseTo(6);
      expect((await ask(store, key, shape, { need: 7 })).grant.level).toBeCloseTo(6);
      expect((await ask(store, key, shape, {})).grant.level).toBeCloseTo(6);
      expect((await ask(world().store("b"), key, shape, { need: 11 })).grant.level).toBeCloseTo(6);
    });

    it("answers several asks at once, each for its own bucket, in their order", async () => {
      const shape = { capacity: 3, ...NEVER };
      const store = world().store("a");
      const [first, second] = [newKey(), newKey()];
      await pays(store, second, shape, 2);
      const answers = await store.ask(
        [first, second, first].map((key) => ({
          ...{ key, hash: 0, shape },
          ask: { need: 2, want: 0, back: 0, spilled: 0 },
        })),
        () => {},
      );
      expect(answers.map((answer) => answer instanceof Error || answer.isPaid)).toEqual([true, false, false]);
    });

    it("has a token back when its time has come, and not before", async () => {
      const [store, key] = [world().store("a"), newKey()];
      const everyMs = 4 * latenessMs;
      const shape = { capacity: 2, refill: 1, intervalMs: everyMs };
      const drained = await ask(store, key, shape, { need: 2 });
      const { paid, lastDenied } = await until(() => ask(store, key, shape, { need: 1 }));
      expect(paid.answeredAtMs - drained.sentAtMs).toBeGreaterThanOrEqual(everyMs);
      expect(lastDenied.sentAtMs - drained.answeredAtMs).toBeLessThan(everyMs + latenessMs);
    });

    it("refills continuously, also where the interval is long", async () => {
      const [store, key] = [world().store("a"), newKey()];
      const everyMs = latenessMs;
      const shape = { capacity: 1200, refill: 1200, intervalMs: 1200 * everyMs };
      const drained = await ask(store, key, shape, { need: 1200 });
      for (let round = 0; round < 5; round++) {
        await world().pass(1.3 * everyMs);
        const { grant, sentAtMs, answeredAtMs } = await ask(store, key, shape, {});
        expect(grant.level).toBeLessThanOrEqual((answeredAtMs - drained.sentAtMs) / everyMs + 0.1);
        expect(grant.level).toBeGreaterThanOrEqual(
          (sentAtMs - drained.answeredAtMs - latenessMs) / everyMs - 0.1,
        );
      }
    });

    it("never fills a bucket that does not refill", async () => {
      const [store, key, shape] = [world().store("a"), newKey(), { capacity: 2, ...NEVER }];
      await pays(store, key, shape, 2);
      await world().pass(3000);
      expect(await pays(store, key, shape, 1)).toBe(false);
      expect(await pays(world().store("b"), key, shape, 1)).toBe(false);
    });

    it("lends no more than it has, and what is lent is gone for others", async () => {
      const [key, shape] = [newKey(), { capacity: 40, ...NEVER }];
      const [a, b] = [world().store("a"), world().store("b")];
      let given = 0;
      for (let round = 0; round < 60; round++) {
        const { grant } = await ask(round % 2 === 0 ? a : b, key, shape, { need: 1, want: 8 });
        given += (grant.isPaid ? 1 : 0) + grant.lease + (grant.ahead?.count ?? 0);
      }
      expect(given).toBe(40);
    });

    it("lends no more than half of what is left to an edge that has not been seen", async () => {
      const [key, shape] = [newKey(), { capacity: 40, ...NEVER }];
      const { grant } = await ask(world().store("a"), key, shape, { need: 2, want: 100 });
      expect(grant.lease).toBeGreaterThan(0);
      expect(grant.lease).toBeLessThanOrEqual(19);
      expect(grant.level).toBeCloseTo(38 - grant.lease);
    });

    it("gives returned tokens to whoever asks next", async () => {
      const [key, shape] = [newKey(), { capacity: 20, ...NEVER }];
      const [a, b] = [world().store("a"), world().store("b")];
      const { grant } = await ask(a, key, shape, { need: 1, want: 8 });
      expect(grant.lease).toBeGreaterThan(0);
      let spent = 0;
      while (await pays(b, key, shape, 1)) spent += 1;
      expect(spent).toBe(19 - grant.lease);
      await ask(a, key, shape, { back: grant.lease });
      while (await pays(b, key, shape, 1)) spent += 1;
      expect(spent).toBe(19);
    });

    it("pays a request with the tokens that it brings back", async () => {
      const [store, key, shape] = [world().store("a"), newKey(), { capacity: 8, ...NEVER }];
      const { grant } = await ask(store, key, shape, { need: 1, want: 4 });
      while (await pays(store, key, shape, 1)) {
        // Drains what is not lent.
      }
      expect(await pays(store, key, shape, grant.lease)).toBe(false);
      expect((await ask(store, key, shape, { need: grant.lease, back: grant.lease })).grant.isPaid).toBe(
        true,
      );
    });

    it("tells a denied edge how long others may hold tokens", async () => {
      const [key, shape] = [newKey(), { capacity: 16, ...NEVER }];
      const { grant } = await ask(world().store("a"), key, shape, { need: 1, want: 8 });
      const denied = (await ask(world().store("b"), key, shape, { need: 16 - grant.lease })).grant;
      expect(denied.isPaid).toBe(false);
      expect(denied.othersHoldMs).toBeGreaterThan(0);
      expect(denied.othersHoldMs).toBeLessThanOrEqual(1500);
    });

    it("follows a capacity that shrinks and grows, and keeps what is in the bucket", async () => {
      const [store, key] = [world().store("a"), newKey()];
      const slow = { refill: 1, intervalMs: 3_600_000 };
      await pays(store, key, { capacity: 10, ...slow }, 2);
      await world().pass(5);
      expect(await paysInARow(store, key, { capacity: 3, ...slow }, [4, 3, 1])).toEqual([false, true, false]);
      await world().pass(5);
      expect(await pays(store, key, { capacity: 100, ...slow }, 1)).toBe(false);
    });

    it("keeps what is in the bucket when the refill changes", async () => {
      const [store, key] = [world().store("a"), newKey()];
      await pays(store, key, { capacity: 10, refill: 1, intervalMs: 3_600_000 }, 7);
      expect(await pays(store, key, { capacity: 10, refill: 2, intervalMs: 86_400_000 }, 4)).toBe(false);
      expect(await pays(store, key, { capacity: 10, refill: 2, intervalMs: 86_400_000 }, 3)).toBe(true);
    });

    it.each([
      [5000, -5000, 0],
      [-5000, 5000, 0],
      [0, 5000, -5000],
    ])(
      "goes by its own time: edges whose clocks are %i, %i and %i ms wrong change nothing",
      async (...skews) => {
        const key = newKey();
        const everyMs = 4 * latenessMs;
        const shape = { capacity: 4, refill: 1, intervalMs: everyMs };
        const edges = skews.map((skewMs) => world().store(`skewed by ${skewMs}`, skewMs));
        const first = await ask(edges[0] as BucketStore, key, shape, { need: 1 });
        let drained = first;
        for (const edge of edges) drained = await ask(edge, key, shape, { need: 1 });
        expect(drained.grant.isPaid).toBe(true);
        for (let turn = 0; turn < 3; turn++) {
          const from = drained;
          const { paid, lastDenied } = await until((attempt) =>
            ask(edges[(turn + attempt) % 3] as BucketStore, key, shape, { need: 1 }),
          );
          // The first four payments took a little time, in which a part of the next token has come in already.
          const headStartMs = drained === from && turn === 0 ? from.answeredAtMs - first.sentAtMs : everyMs;
          expect(paid.answeredAtMs - first.sentAtMs).toBeGreaterThanOrEqual((turn + 1) * everyMs);
          expect(lastDenied.sentAtMs - from.answeredAtMs).toBeLessThan(everyMs + headStartMs + latenessMs);
          drained = paid;
        }
      },
    );

    it("pays exactly the capacity when eight edges ask a hundred times each at once", async () => {
      const [key, shape] = [newKey(), { capacity: 50, ...NEVER }];
      const edges = Array.from({ length: 8 }, (_, index) => world().store(`edge ${index}`));
      const outcomes = await Promise.all(
        edges.flatMap((edge) => Array.from({ length: 100 }, () => pays(edge, key, shape, 1))),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(50);
    });

    it("gives errors when it cannot be reached: no success, no exception", async () => {
      const shape = { capacity: 5, ...NEVER };
      const answers = await world()
        .broken()
        .ask(
          [1, 2].map((need) => ({
            ...{ key: newKey(), hash: 0, shape },
            ask: { need, want: 4, back: 0, spilled: 0 },
          })),
          () => {},
        );
      expect(answers).toHaveLength(2);
      for (const answer of answers) expect(answer).toBeInstanceOf(Error);
    });

    it("gives out no more than capacity + rate × time, however edges ask, lease and return", async () => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.array(steps, { minLength: 5, maxLength: 30 }), async (shape, history) => {
          const key = newKey();
          const edges = ["a", "b", "c"].map((edge, index) => ({
            store: world().store(edge, (index - 1) * 5000),
            held: { lease: 0, ahead: undefined } as Pick<Grant, "lease" | "ahead">,
            heldSinceMs: 0,
          }));
          let out = 0;
          const startedAtMs = world().now();
          for (const step of history) {
            const edge = edges[step.edge] as (typeof edges)[number];
            await world().pass(step.passMs);
            const spent = Math.min(spendable(edge.held, world().now() - edge.heldSinceMs), step.spend);
            const back = edge.held.lease + (edge.held.ahead?.count ?? 0) - spent;
            const { grant, answeredAtMs } = await ask(edge.store, key, shape, {
              need: step.need,
              want: step.want,
              back,
            });
            const lent = grant.lease + (grant.ahead?.count ?? 0);
            out += (grant.isPaid ? step.need : 0) + lent - back;
            edge.held = grant;
            edge.heldSinceMs = answeredAtMs;
            // What some edge was lent ahead counts from the time when it may spend it.
            const untilMs = Math.max(world().now(), ...edges.map(lentUntilMs));
            const passedMs = untilMs - startedAtMs + clockErrorMs;
            const most = shape.capacity + (passedMs * shape.refill) / shape.intervalMs;
            expect(out).toBeLessThanOrEqual(most + 1e-6);
          }
        }),
        { numRuns: runs },
      );
    });

    it("lets one edge spend no more than capacity + rate × time in any stretch of time", async () => {
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.array(requests, { minLength: 5, maxLength: 40 }),
          async (shape, history) => {
            const key = newKey();
            const store = world().store("alone");
            const lease = newLease(shape, world().now());
            const spends: { fromMs: number; toMs: number; cost: number }[] = [];
            for (const { passMs, cost } of history) {
              await world().pass(passMs);
              const fromMs = world().now();
              if (await spendsThrough(store, key, shape, lease, cost)) {
                spends.push({ fromMs, toMs: world().now(), cost });
              }
            }
            for (const [first, { fromMs }] of spends.entries()) {
              let sum = 0;
              for (const { toMs, cost } of spends.slice(first)) {
                sum += cost;
                const most =
                  shape.capacity + ((toMs - fromMs + clockErrorMs) * shape.refill) / shape.intervalMs;
                expect(sum).toBeLessThanOrEqual(most + earlyTokens + 1e-6);
              }
            }
          },
        ),
        { numRuns: runs },
      );
    });
  });

  /** Asks every few milliseconds until the request is paid; there is a denial before that. */
  async function until(attempt: (count: number) => Promise<Answered>): Promise<{
    readonly paid: Answered;
    readonly lastDenied: Answered;
  }> {
    let lastDenied: Answered | undefined;
    for (let count = 0; count < 1000; count++) {
      const answer = await attempt(count);
      if (!answer.grant.isPaid) lastDenied = answer;
      else if (lastDenied !== undefined) return { paid: answer, lastDenied };
      else throw new Error("was paid at once");
      await world().pass(latenessMs / 10);
    }
    throw new Error("was never paid");
  }

  /** A request as an edge decides it: from its lease, or by asking. */
  async function spendsThrough(
    store: BucketStore,
    key: string,
    shape: BucketShape,
    lease: ReturnType<typeof newLease>,
    cost: number,
  ): Promise<boolean> {
    const nowMs = world().now();
    noteDemand(lease, cost, nowMs);
    const decision = decideLease(lease, cost, nowMs);
    if (decision.kind === "spend" && isLive(lease, nowMs)) {
      spend(lease, cost);
      return true;
    }
    if (decision.kind === "deny") return false;
    const begun = beginAsk(lease, cost, nowMs);
    const { grant } = await ask(store, key, shape, begun);
    endAsk(lease, begun, grant, world().now());
    return grant.isPaid;
  }
}

/** What of a grant may be spent after so long. */
function spendable({ lease, ahead }: Pick<Grant, "lease" | "ahead">, ageMs: number): number {
  if (ahead === undefined || ageMs < ahead.firstInMs) return lease;
  return lease + Math.min(ahead.count, 1 + Math.floor((ageMs - ahead.firstInMs) / ahead.everyMs));
}

/** When the last token of a grant may be spent. */
function lentUntilMs({ held, heldSinceMs }: { held: Pick<Grant, "ahead">; heldSinceMs: number }): number {
  const { count, firstInMs, everyMs } = held.ahead ?? { count: 1, firstInMs: 0, everyMs: 0 };
  return heldSinceMs + firstInMs + (count - 1) * everyMs;
}

/** Records cross to objects of workerd, which take none without a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });

const shapes = record({
  capacity: fc.integer({ min: 1, max: 30 }),
  refill: fc.constantFrom(0, 0.5, 1, 7, 20, 100),
  intervalMs: fc.constantFrom(10, 250, 1000, 1009, 60_000),
});

const steps = record({
  edge: fc.integer({ min: 0, max: 2 }),
  passMs: fc.constantFrom(0, 0, 0, 1, 20, 150),
  need: fc.integer({ min: 0, max: 5 }),
  want: fc.constantFrom(0, 4, 16),
  spend: fc.integer({ min: 0, max: 8 }),
});

const requests = record({
  passMs: fc.constantFrom(0, 0, 0, 0, 1, 20, 150, 400),
  cost: fc.constantFrom(1, 1, 1, 2, 5),
});

async function answered(
  world: StoreWorld,
  store: BucketStore,
  key: string,
  shape: BucketShape,
  wish: Partial<Ask>,
): Promise<Answered> {
  const sentAtMs = world.now();
  const [grant] = await store.ask(
    [{ key, hash: 0, shape, ask: { need: 0, want: 0, back: 0, spilled: 0, ...wish } }],
    () => {},
  );
  if (grant === undefined || grant instanceof Error) throw grant ?? new Error("no answer");
  return { grant, sentAtMs, answeredAtMs: world.now() };
}
