// Which texts may be followed as an address of this very host, judged by how browsers read them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isReturnPath, returnPath } from "../../src/policy/return-path.ts";

describe("a return address", () => {
  it.each(["/", "/pay", "/pay?to=7&a=%2F%2F", "/a/b#c", "/a//b", "/@x", "/.well-known/x", "/;a=b"])(
    "is %s",
    (path) => {
      expect(returnPath(path)).toBe(path);
    },
  );

  it.each([
    "",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "pay",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    " /pay",
    "/pay x",
    '/"><script>',
    "/é",
    "/\u0000",
    `/${"a".repeat(2_000)}`,
  ])("is never %j", (text) => {
    expect(returnPath(text)).toBe("/");
  });

  it("stays on the host however a browser reads it", () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        "/",
        "\\",
        "\t",
        "\n",
        ":",
        "@",
        "?",
        "#",
        "%",
        "2",
        "f",
        "a",
        ".",
        " ",
        "é",
        '"',
      ),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        if (!isReturnPath(text)) return;
        expect(new URL(text, "https://wallet.example/x/y").origin).toBe("https://wallet.example");
      }),
      { numRuns: 5_000 },
    );
  });
});
