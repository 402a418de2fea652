/** Mistakes in the file itself, its tables and keys. */
import { describe } from "vitest";
import { checkMistakes, file, mistake } from "./support.ts";

describe("the file", () => {
  checkMistakes([
    mistake("a missing value", { more: "weight = ¦" }, ["TG1001", "", "weight =", "valid TOML"]),
    mistake("a missing quote", { more: 'region = "apac¦' }, ["TG1001", "", "region", "unterminated string"]),
    mistake("a missing equals sign", { more: "weight ¦50" }, ["TG1001", "", "weight 50", "equal"]),
    mistake("two values", { more: "weight = 5 ¦6" }, ["TG1001", "", "weight = 5 6", "newline"]),
    mistake("an unclosed header", { end: "[[limits¦\n" }, ["TG1001", "", "[[limits", "unterminated"]),
    mistake("an unclosed inline table", { end: "[identity]\nopaque = {¦\n" }, [
      "TG1001",
      "",
      "opaque",
      "valid",
    ]),
    mistake("an unclosed text of several lines", { match: 'room = ¦"""main' }, [
      "TG1001",
      "",
      "room",
      "unterm",
    ]),
    mistake("a bare word as value", { more: "weight = ¦many" }, [
      "TG1001",
      "",
      "weight = many",
      "unexpected",
    ]),
    mistake("a duration without quotes", { pool: "timeout = 10¦s" }, ["TG1001", "", "10s", "newline"]),
    mistake("a line without a key", { more: "¦= 5" }, ["TG1001", "", "= 5", "unexpected token"]),
    mistake("a key twice", { more: "weight = 1\n¦weight = 2" }, [
      "TG1002",
      "",
      "weight = 2",
      "each key once",
    ]),
    mistake("a table twice", { top: "[edge]\n[¦edge]" }, ["TG1002", "", "[edge]", "each key once"]),
    mistake("a broken line with a secret", { more: 'token = "t0p¦' }, ["TG1001", "", "token = ***", "valid"]),
    mistake("a broken line with a password", { more: 'a = "https://u:p@h¦' }, [
      "TG1001",
      "",
      "***@h",
      "valid",
    ]),
    mistake("a text above 1 MiB", `¦# ${"x".repeat(1024 * 1024)}`, ["TG1003", "", "1048578 bytes", "1 MiB"]),
    mistake("1 MiB in characters, more in bytes", `¦# ${"界".repeat(400_000)}`, [
      "TG1003",
      "",
      "1200002",
      "1 MiB",
    ]),
  ]);
});

describe("tables and keys", () => {
  checkMistakes([
    mistake("an unknown table", { end: "[¦cache]" }, ["TG1101", "cache", '"cache"', "one of edge, pools"]),
    mistake("an unknown key", { top: "[edge]\n¦colour = 1" }, [
      "TG1101",
      "edge.colour",
      '"colour"',
      "debug_headers",
    ]),
    mistake("a misspelt key", { more: "¦wieght = 5" }, [
      "TG1101",
      "pools[0].origins[0].wieght",
      "wieght",
      "weight (",
    ]),
    mistake("a key in the wrong table", { pool: "¦weight = 5" }, [
      "TG1101",
      "pools[0].weight",
      "weight",
      "policy",
    ]),
    mistake("a key in another case", { pool: '¦Policy = "weighted"' }, [
      "TG1101",
      "pools[0].Policy",
      "",
      "policy (",
    ]),
    mistake("a key that JavaScript knows", { more: "¦constructor = 1" }, [
      "TG1101",
      "pools[0].origins[0].constructor",
      "constructor",
      "one of name",
    ]),
    mistake("the key __proto__", { more: "¦__proto__ = 1" }, [
      "TG1101",
      "pools[0].origins[0].__proto__",
      "__proto__",
      "one of name",
    ]),
    mistake("an unknown key inline", { end: "[identity]\nopaque = { ¦cokie = 'x' }" }, [
      "TG1101",
      "identity.opaque.cokie",
      "cokie",
      "cookie (",
    ]),
    mistake("a limit without a capacity", { end: "¦[[limits]]\nname = 'a'\nkey = 'ip'\nrefill = 1" }, [
      "TG1102",
      "limits[0].capacity",
      "nothing",
      '"capacity"',
    ]),
    mistake("no routes", '¦[[pools]]\nname = "w"\norigins = [{ name = "a", url = "https://a.example" }]', [
      "TG1102",
      "routes",
      "nothing",
      '"routes"',
    ]),
    mistake("a text for a number", { more: 'weight = ¦"50"' }, [
      "TG1103",
      "pools[0].origins[0].weight",
      '"50"',
      "a whole number from 0 to 1,000,000",
    ]),
    mistake("a number for a duration", { pool: "timeout = ¦10" }, [
      "TG1103",
      "pools[0].timeout",
      "10",
      "a duration",
    ]),
    mistake("a text for a flag", { top: '[edge]\ndebug_headers = ¦"yes"' }, [
      "TG1103",
      "edge.debug_headers",
      '"yes"',
      "true or false",
    ]),
    mistake("a text for a list", { match: 'methods = ¦"GET"' }, [
      "TG1103",
      "routes[0].methods",
      '"GET"',
      "a list",
    ]),
    mistake("a table for a list", { end: "¦[limits]\nname = 'a'" }, [
      "TG1103",
      "limits",
      "a table",
      "[[limits]]",
    ]),
    mistake("a list for a table", { end: "¦[[identity]]" }, ["TG1103", "identity", "a list of 1", "a table"]),
    mistake("a list for an inline table", { end: "[identity]\nopaque = ¦[]" }, [
      "TG1103",
      "identity.opaque",
      "a list of 0",
      "a table",
    ]),
    mistake("a number for a name", { route: "path = '/'\npool = ¦7" }, [
      "TG1103",
      "routes[0].pool",
      "7",
      "a name",
    ]),
    mistake("a number for a choice", { pool: "policy = ¦1" }, [
      "TG1103",
      "pools[0].policy",
      "1",
      '"weighted"',
    ]),
    mistake("a flag for a status", { end: "[[rooms]]\nname = 'm'\nactive_limit = 1\nstatus = ¦true" }, [
      "TG1103",
      "rooms[0].status",
      "true",
      "503",
    ]),
    mistake("a number in a list of texts", { match: "hosts = ['a.example', ¦3]" }, [
      "TG1103",
      "routes[0].hosts[1]",
      "3",
      "a host",
    ]),
    mistake(
      "too many methods",
      { match: `methods = ¦[${Array.from({ length: 21 }, (_, index) => `"M${index}"`)}]` },
      ["TG1104", "routes[0].methods", "a list of 21", "1 to 20"],
    ),
    mistake("an empty list of methods", { match: "methods = ¦[]" }, [
      "TG1105",
      "routes[0].methods",
      "a list of 0",
      "1 to 20",
    ]),
    mistake("a pool without origins", "[[pools]]\nname='w'\norigins = ¦[]\n[[routes]]\npath='/'\npool='w'", [
      "TG1105",
      "pools[0].origins",
      "a list of 0",
      "1 to 200 origins",
    ]),
  ]);
  checkMistakes([
    mistake("a route without a pool", file({ route: "path = '/'" }).replace("[[routes]]", "¦[[routes]]"), [
      "TG1102",
      "routes[0].pool",
      "nothing",
      '"pool"',
    ]),
  ]);
});
