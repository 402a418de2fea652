import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendCdnLoop, hasLooped } from "../../src/policy/cdn-loop.ts";

describe("a loop", () => {
  it.each([
    // RFC 8586 §2: examples and grammar.
    ["tidegate"],
    ["Tidegate"],
    ['foo123.foocdn.example, barcdn.example; trace="abcdef", tidegate'],
    ["tidegate, foo123.foocdn.example"],
    ["foo.example,tidegate,bar.example"],
    ["foo.example\t,\ttidegate\t"],
    ['tidegate; trace="a, b"; x=y'],
    ["tidegate;x=1"],
    ["tidegate ;x=1"],
    ['foo; x="a\\", b", tidegate'],
    [",, tidegate,"],
    // A mark that is never closed hides nothing.
    ['", tidegate'],
    ['foo; x=", tidegate'],
    ['foo; x="\\", tidegate'],
    ['foo; x="a" ", tidegate'],
  ])("is seen in %s", (field) => expect(hasLooped(field, "tidegate")).toBe(true));

  it.each([
    [undefined],
    [""],
    ["foo.example"],
    ["tidegate2"],
    ["my-tidegate"],
    ["tidegate.example"],
    ["tidegate:8080"],
    ["foo; by=tidegate"],
    ['foo; x="a, tidegate"'],
    ['foo; x="a, tidegate, \\" b"'],
    ["tide gate"],
  ])("is not seen in %s", (field) => expect(hasLooped(field, "tidegate")).toBe(false));

  it("is seen whatever the case of the edge's own name", () => {
    expect(hasLooped("hk.tidegate.example", "HK.Tidegate.Example")).toBe(true);
  });
});

describe("the field that goes on", () => {
  it.each([
    [undefined, "tidegate"],
    ["", "tidegate"],
    ["foo.example; a=b", "foo.example; a=b, tidegate"],
  ])("%s becomes %s", (field, next) => expect(appendCdnLoop(field, "tidegate")).toBe(next));

  const field = fc.string({ unit: fc.constantFrom(...'ab,;="\\ \t') });

  it("shows the loop when it comes back, whatever a client began it with", () => {
    fc.assert(
      fc.property(field, (start) => {
        expect(hasLooped(appendCdnLoop(start, "tidegate"), "tidegate")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("shows it to the second of two edges as well", () => {
    fc.assert(
      fc.property(field, (start) => {
        const twice = appendCdnLoop(appendCdnLoop(start, "tidegate"), "other.example");
        expect(hasLooped(twice, "tidegate")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("costs time in proportion to its length", () => {
    const hostile = `${'"\\"'.repeat(20_000)}, tidegate`;
    const startedAt = performance.now();
    hasLooped(hostile, "tidegate");
    expect(performance.now() - startedAt).toBeLessThan(250);
  });
});
