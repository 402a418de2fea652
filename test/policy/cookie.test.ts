import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cookieValue } from "../../src/policy/cookie.ts";

describe("the value of a cookie", () => {
  it.each([
    ["alone", "sid=abc", "abc"],
    ["among others", "theme=dark; sid=abc; lang=zh", "abc"],
    ["without blanks between pairs", "theme=dark;sid=abc;lang=zh", "abc"],
    ["with blanks and tabs around it", "theme=dark;\t sid = abc \t; lang=zh", "abc"],
    ["named twice is the first", "sid=specific; sid=general", "specific"],
    ["with equals signs keeps them", "sid=YWJj==", "YWJj=="],
    ["in quotes keeps the quotes", 'sid="abc"', '"abc"'],
    ["that is empty is empty", "sid=; theme=dark", ""],
    ["after a name that ends the same", "xsid=wrong; sid=abc", "abc"],
    ["after a name that begins the same", "sid2=wrong; sid=abc", "abc"],
    ["after a value that looks like it", "theme=sid=wrong; sid=abc", "abc"],
    ["after a pair without an equals sign", "sid; sid=abc", "abc"],
  ])("%s", (_, header, expected) => {
    expect(cookieValue(header, "sid")).toBe(expected);
  });

  it.each([
    ["no header", undefined],
    ["an empty header", ""],
    ["other cookies only", "theme=dark; xsid=abc; sid2=abc"],
    ["the name in another case", "SID=abc"],
    ["the name without an equals sign", "sid"],
    ["the name inside a value only", "theme=sid"],
  ])("is undefined with %s", (_, header) => {
    expect(cookieValue(header, "sid")).toBeUndefined();
  });

  it("takes every character of a name as itself", () => {
    expect(cookieValue("aXb=wrong; a.b=right", "a.b")).toBe("right");
    expect(cookieValue("$id=right", "$id")).toBe("right");
  });

  it("is found for every cookie of a well-formed header", () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
    const value = fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name }), (pairs) => {
        const header = pairs.map(([name, text]) => `${name}=${text}`).join("; ");
        for (const [name, text] of pairs) expect(cookieValue(header, name)).toBe(text);
      }),
    );
  });
});
