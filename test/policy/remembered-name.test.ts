import fc from "fast-check";
import { expect, test } from "vitest";
import { rememberedName, rememberedTest } from "../../src/policy/remembered-name.ts";

const NAME = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "0", "17", "", "content-type", "a".repeat(65)),
  fc.string({ maxLength: 80 }),
);

test("what is remembered of a name is what is worked out of it, whatever came before", () => {
  fc.assert(
    fc.property(fc.array(NAME, { maxLength: 40 }), (names) => {
      const told = rememberedName((name) => ({ name, length: name.length }));
      for (const name of [...names, ...names]) expect(told(name)).toEqual({ name, length: name.length });
    }),
  );
});

test("a name is looked at once", () => {
  let looks = 0;
  const told = rememberedName((name) => {
    looks += 1;
    return { name };
  });
  expect(told("via")).toBe(told(`v${"ia"}`));
  expect(looks).toBe(1);
});

test("names from outside fill no memory: a long one, and one too many, are looked at each time", () => {
  const looks = new Map<string, number>();
  const told = rememberedName((name) => {
    looks.set(name, (looks.get(name) ?? 0) + 1);
    return true;
  });
  const many = Array.from({ length: 600 }, (_, index) => `x-${index}`);
  const long = "y".repeat(65);
  for (const name of [long, ...many, long, ...many]) told(name);
  expect(looks.get(long)).toBe(2);
  expect(many.filter((name) => looks.get(name) === 1)).toHaveLength(512);
  expect(many.filter((name) => looks.get(name) === 2)).toHaveLength(88);
});

test("a test that remembers says what its pattern says", () => {
  const isShort = rememberedTest(/^.{1,3}$/);
  expect([isShort("via"), isShort("host"), isShort("via"), isShort("host")]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
