/** Where a problem points, however the key is written in TOML. */
import { describe, expect, it } from "vitest";
import { file, problemsOf, unmark } from "./support.ts";

/** The one problem's place in a text with `¦` before the expected place. */
function expectPlace(marked: string, key: string): void {
  const { text, line, column } = unmark(marked);
  expect(problemsOf(text).map((problem) => [problem.key, problem.line, problem.column])).toEqual([
    [key, line, column],
  ]);
}

const TAIL = '\n[[routes]]\npath = "/"\npool = "wallet"\n';

describe("the place of a problem", () => {
  it("counts lines and columns from 1", () => {
    const [problem] = problemsOf(`x = 1\n${file({})}`);
    expect(problem).toMatchObject({ line: 1, column: 1, key: "x" });
  });

  it("is the value in the third table of a list of tables", () => {
    const good = '[[pools.origins]]\nname = "b"\nurl = "https://b.example"';
    const bad = '[[pools.origins]]\nname = "c"\nurl = "https://c.example"\nweight = ¦-1';
    expectPlace(file({ after: `${good}\n${bad}` }), "pools[0].origins[2].weight");
  });

  it("is in the second pool's own origins", () => {
    const end =
      '[[pools]]\nname = "b"\n[[pools.origins]]\nname = "x"\nurl = "https://x.example"\nweight = ¦-1';
    expectPlace(file({ end }), "pools[1].origins[0].weight");
  });

  it("is found after other tables came between", () => {
    const end =
      '[edge]\n[[rooms]]\nname = "m"\nactive_limit = 1\n\n[[pools]]\nname = ¦"a b"\n[[pools.origins]]';
    expectPlace(file({ end: `${end}\nname = "x"\nurl = "https://x.example"` }), "pools[1].name");
  });

  it("is the value of a dotted key", () => {
    expectPlace(file({ pool: 'health.interval = "5s"\nhealth.rise = ¦0' }), "pools[0].health.rise");
  });

  it("is the last part of a dotted key that is not known", () => {
    expectPlace(file({ pool: "health . ¦risse = 1" }), "pools[0].health.risse");
  });

  it("is the part of a header that is not known", () => {
    expectPlace(file({ after: "[pools.¦heath]\nrise = 1" }), "pools[0].heath");
  });

  it("is the value in an inline table", () => {
    const opaque = '[identity]\nopaque = { cookie = "sid", new_per_ip_per_minute = ¦"many" }';
    expectPlace(file({ end: opaque }), "identity.opaque.new_per_ip_per_minute");
  });

  it("is the value in inline tables of a list over several lines", () => {
    const origins = [
      "origins = [",
      '  { name = "a", url = "https://a.example" }, # first',
      '  { name = "b", url = "https://b.example", weight = ¦2.5 },',
      "]",
    ].join("\n");
    expectPlace(`[[pools]]\nname = "wallet"\n${origins}${TAIL}`, "pools[0].origins[1].weight");
  });

  it("is the element of a list over several lines", () => {
    expectPlace(file({ match: 'methods = [\n  "GET",\n    ¦"post",\n]' }), "routes[0].methods[1]");
  });

  it("names a quoted key with quotes", () => {
    expectPlace(file({ top: '[edge]\n¦"client ip" = 1' }), 'edge."client ip"');
    expectPlace(file({ top: '¦"ed.ge".x = 1' }), '"ed.ge"');
  });

  it("treats a quoted key like a bare one", () => {
    expectPlace(file({ more: "'weight' = ¦-1" }), "pools[0].origins[0].weight");
  });

  it("is right with CRLF line ends", () => {
    expectPlace(
      file({ more: "lat = 1\nlon = 1\nweight = ¦-1" }).replaceAll("\n", "\r\n"),
      "pools[0].origins[0].weight",
    );
    expectPlace(file({ more: "weight = ¦" }).replaceAll("\n", "\r\n"), "");
  });

  it("counts a character outside ASCII as one, one outside the basic plane as editors do: two", () => {
    const window = (message: string) =>
      `[[maintenance]]\npool = "wallet"\nstart = 2026-01-01T00:00:00Z\nend = 2026-01-02T00:00:00Z\n${message}`;
    expectPlace(
      file({ end: window('message = { zh-CN = "系统维护", en = ¦"" }') }),
      "maintenance[0].message.en",
    );
    const [problem] = problemsOf(file({ end: window('message = { de = "🛠", en = "" }') }));
    expect(problem?.column).toBe('message = { de = "🛠", en = '.length + 1);
  });

  it("is right after comments and blank lines, and with tabs before the value", () => {
    expectPlace(file({ more: "# weight = -1\n\n\t \nweight\t=\t¦-1 # here" }), "pools[0].origins[0].weight");
  });

  it("ignores a byte order mark", () => {
    const [problem] = problemsOf(`\uFEFFx = 1\n${file({})}`);
    expect(problem).toMatchObject({ line: 1, column: 1, key: "x" });
  });

  it("is the header of the table that lacks a key", () => {
    const end = '[[pools]]\nname = "b"\n¦[[pools.origins]]\nname = "x"';
    expectPlace(file({ end }), "pools[1].origins[0].url");
  });

  it("is the brace of the inline table that lacks a key", () => {
    expectPlace(file({ end: '[identity]\njwt = ¦{ claim = "sub" }' }), "identity.jwt.jwks");
  });

  it("is the key of a dotted table that lacks a key", () => {
    expectPlace(file({ end: '[identity]\n¦jwt.claim = "sub"' }), "identity.jwt.jwks");
  });

  it("is the first character of an empty file", () => {
    const problems = problemsOf("");
    expect(problems.map(({ key, line, column }) => [key, line, column])).toEqual([
      ["pools", 1, 1],
      ["routes", 1, 1],
    ]);
  });
});
