// The fields of draft-ietf-httpapi-ratelimit-headers-10, read back with the library's parser.
import fc from "fast-check";
import { type Item, parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import {
  mergeRateLimit,
  mergeRateLimitPolicy,
  type PolicyShape,
  policyItem,
  rateLimitValue,
  type Standing,
} from "../../src/edge/rate-limit-fields.ts";

const PER_USER: PolicyShape = { name: "per-user", capacity: 60, refill: 20, intervalMs: 1_000 };

/** Members as [name, { parameter: value }]; fails on what is not a list of parameterised strings. */
function read(field: string): [string, Record<string, unknown>][] {
  return (parseList(field) as Item[]).map(([name, parameters]) => {
    if (typeof name !== "string") throw new Error(`${String(name)} is no String`);
    return [name, Object.fromEntries(parameters)];
  });
}

const anyName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
/** Few names, so that both sides often mean the same policy. */
const fewNames = fc.constantFrom("a", "b", 'q"\\');
const count = fc.oneof(fc.nat(20), fc.nat(), fc.constant(999_999_999_999_999));
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

describe("RateLimit-Policy", () => {
  it.each<[Partial<PolicyShape>, string]>([
    [{}, '"per-user";q=60;w=3'],
    [{ capacity: 61 }, '"per-user";q=61;w=4'],
    [{ capacity: 1, intervalMs: 10 }, '"per-user";q=1;w=1'],
    [{ capacity: 7, refill: 0.7 }, '"per-user";q=7;w=10'],
    [{ capacity: 100, refill: 1, intervalMs: 3_600_000 }, '"per-user";q=100;w=360000'],
    [{ refill: 0 }, '"per-user";q=60'],
    [{ refill: Number.MIN_VALUE }, '"per-user";q=60;w=999999999999999'],
  ])("of %o says %s", (shape, text) => {
    expect(policyItem({ ...PER_USER, ...shape })).toBe(text);
  });

  it("reads back as what was written, for every limit that a configuration can hold", () => {
    const shape = fc.record({
      name: anyName,
      capacity: fc.integer({ min: 1, max: 1_000_000_000 }),
      refill: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })),
      intervalMs: fc.integer({ min: 10, max: 86_400_000 }),
    });
    fc.assert(
      fc.property(shape, (given) => {
        const [member, ...more] = read(policyItem(given));
        expect(more).toEqual([]);
        expect(member?.[0]).toBe(given.name);
        expect(member?.[1].q).toBe(given.capacity);
        const window = member?.[1].w;
        if (given.refill === 0) expect(window).toBeUndefined();
        else expect(Number.isInteger(window) && (window as number) >= 1).toBe(true);
      }),
    );
  });
});

describe("RateLimit", () => {
  it.each<[Standing[], string]>([
    [[{ policy: "per-user", remaining: 50, resetMs: 500 }], '"per-user";r=50;t=1'],
    [[{ policy: "per-user", remaining: 59.99, resetMs: 0.5 }], '"per-user";r=59;t=1'],
    [[{ policy: "per-user", remaining: 60, resetMs: 0 }], '"per-user";r=60;t=0'],
    [[{ policy: "per-user", remaining: -3.2, resetMs: 3_160 }], '"per-user";r=0;t=4'],
    [[{ policy: "trial", remaining: 4, resetMs: undefined }], '"trial";r=4'],
    [
      [
        { policy: "per-user", remaining: 1, resetMs: 2_000 },
        { policy: "all", remaining: 900, resetMs: 10 },
      ],
      '"per-user";r=1;t=2, "all";r=900;t=1',
    ],
    [[], ""],
  ])("of %o says %s", (standings, text) => {
    expect(rateLimitValue(standings)).toBe(text);
    expect(rateLimitValue(standings), "from memory").toBe(text);
  });

  it("names no time after the wait of a denial", () => {
    const standings: Standing[] = [
      { policy: "per-user", remaining: 0.4, resetMs: 2_980 },
      { policy: "trial", remaining: 0, resetMs: undefined },
    ];
    expect(rateLimitValue(standings, 30)).toBe('"per-user";r=0;t=1, "trial";r=0');
  });

  it("reads back as what was written, also when far more values were written than are remembered", () => {
    const standing = fc.record({
      policy: anyName,
      remaining: fc.double({ min: -1e9, max: 1e12, noNaN: true }),
      resetMs: perhaps(fc.double({ min: 0, max: 1e15, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(standing, { minLength: 1, maxLength: 4 }), (standings) => {
        const members = read(rateLimitValue(standings));
        expect(members.map(([name]) => name)).toEqual(standings.map(({ policy }) => policy));
        for (const [index, [, { r, t }]] of members.entries()) {
          const { remaining, resetMs } = standings[index] as Standing;
          expect(r).toBe(Math.max(0, Math.floor(remaining)));
          if (resetMs === undefined) expect(t).toBeUndefined();
          else expect((t as number) * 1000).toBeGreaterThanOrEqual(resetMs - 0.001);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("an origin's own fields", () => {
  const own = policyItem(PER_USER);

  it.each([
    ["none", null, own],
    ["an empty one", "", own],
    ["another policy is kept", '"daily";q=1000;w=86400', `${own}, "daily";q=1000;w=86400`],
    ["a stricter one of the same name wins", '"per-user";q=10;w=60', '"per-user";q=10;w=60'],
    ["a looser one of the same name loses", '"per-user";q=100;w=1', '"per-user";q=60;w=3'],
    [
      "each way stricter: the smaller quota in the longer window",
      '"per-user";q=90;w=30',
      '"per-user";q=60;w=30',
    ],
    ["one whose window is not known promises nothing", '"per-user";q=90', '"per-user";q=60'],
    [
      "one in another unit is another quota",
      '"per-user";q=5000;qu="content-bytes";w=1',
      `${own}, "per-user";q=5000;qu="content-bytes";w=1`,
    ],
    [
      "the default unit is the same one",
      '"per-user";q=9;qu="requests";w=3',
      '"per-user";q=9;qu="requests";w=3',
    ],
    [
      "one for a partition is another quota",
      '"per-user";q=5;w=1;pk=:AQI=:',
      `${own}, "per-user";q=5;w=1;pk=:AQI=:`,
    ],
    ["comments stay", '"daily";q=9;acme-x=tok;y', `${own}, "daily";q=9;acme-x=tok;y`],
    ["twice the same name", '"d";q=9;w=1, "d";q=8;w=2', `${own}, "d";q=8;w=2`],
    ["what does not parse is ignored", '"daily";q=1000;w=', own],
    ["the bare numbers of early drafts are ignored", "100;w=60", own],
    ["a dictionary of early drafts is ignored", "limit=100, remaining=50, reset=30", own],
    ["members without q are ignored", '"a";w=60, "b";q=1', `${own}, "b";q=1`],
    ["members with impossible numbers are ignored", '"a";q=-1, "b";q=1.5, "c";q=1;w=0, "d";q="1"', own],
    ["inner lists are ignored", '("a";q=1 "b");q=1', own],
    ["types that old readers do not know are left out", '"a";q=1;say=%"x%0a";at=@1', `${own}, "a";q=1`],
  ])("RateLimit-Policy: %s", (_, origins, merged) => {
    expect(mergeRateLimitPolicy(own, origins)).toBe(merged);
    expect(mergeRateLimitPolicy(own, origins), "from memory").toBe(merged);
  });

  it.each([
    [null, '"per-user";r=50;t=1'],
    ['"per-user";r=3;t=0', '"per-user";r=3;t=1'],
    ['"per-user";r=70;t=20', '"per-user";r=50;t=20'],
    ['"per-user";r=70', '"per-user";r=50'],
    ['"other";r=0;t=0', '"per-user";r=50;t=1, "other";r=0;t=0'],
    ["50;t=1", '"per-user";r=50;t=1'],
  ])("RateLimit: with %s it is %s", (origins, merged) => {
    expect(mergeRateLimit('"per-user";r=50;t=1', origins)).toBe(merged);
  });

  const member = (amount: string, seconds: string, leastSeconds: number) =>
    fc
      .record({ name: fewNames, amount: count, seconds: perhaps(fc.integer({ min: leastSeconds, max: 99 })) })
      .map(({ name, ...value }) => {
        const quoted = `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
        const window = value.seconds === undefined ? "" : `;${seconds}=${value.seconds}`;
        return `${quoted};${amount}=${value.amount}${window}`;
      });
  const fields = (one: fc.Arbitrary<string>) =>
    fc.array(one, { minLength: 1, maxLength: 4 }).map((members) => members.join(", "));

  it.each([
    ["RateLimit-Policy", mergeRateLimitPolicy, "q", "w", 1],
    ["RateLimit", mergeRateLimit, "r", "t", 0],
  ] as const)(
    "%s: merging never loosens what either said, and loses no policy",
    (_, merge, amount, seconds, least) => {
      const one = member(amount, seconds, least);
      const secondsOf = (parameters: Record<string, unknown>) =>
        (parameters[seconds] as number | undefined) ?? Number.POSITIVE_INFINITY;
      fc.assert(
        fc.property(fields(one), fields(one), (ours, theirs) => {
          const merged = read(merge(ours, theirs));
          const names = merged.map(([name]) => name);
          expect(new Set(names).size).toBe(names.length);
          for (const [name, said] of [...read(ours), ...read(theirs)]) {
            const now = merged.find((candidate) => candidate[0] === name)?.[1];
            if (now === undefined) throw new Error(`${name} is lost`);
            expect(now[amount]).toBeLessThanOrEqual(said[amount] as number);
            expect(secondsOf(now)).toBeGreaterThanOrEqual(secondsOf(said));
          }
        }),
      );
    },
  );

  it("whatever the origin wrote, the answer parses and our policy is in it, no looser", () => {
    const pieces = fc.constantFrom(
      ...[
        '"per-user"',
        '"',
        "\\",
        ";",
        "q=",
        "w=",
        "=",
        ",",
        " ",
        "\t",
        "(",
        ")",
        ":",
        ":=:",
        "?1",
        "@9",
        "-0",
      ],
      ...[
        "1",
        "999999999999999",
        "9999999999999999",
        "1.5",
        "tok",
        "%",
        '%"a%0a"',
        "\u00e9",
        "\u0000",
        "pk=:AA==:",
      ],
      ...["@999999999999999", "qu=", "*", '"per-user";q=1', '"per-user";q=1;w=9'],
    );
    const hostile = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(hostile, (origins) => {
        const members = read(mergeRateLimitPolicy(own, origins));
        const ours = members.find(([name, { pk, qu }]) => name === "per-user" && !pk && !qu)?.[1];
        expect(ours?.q).toBeLessThanOrEqual(60);
        expect((ours?.w as number | undefined) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(3);
        read(mergeRateLimit('"per-user";r=50;t=1', origins));
      }),
      { numRuns: 5_000 },
    );
  });
});
