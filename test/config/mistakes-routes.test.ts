/** Mistakes in routes. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

describe("routes", () => {
  const path = (text: string) => ({ route: `path = ${text}\npool = "wallet"` });
  const pattern = (what: string, text: string, code: string, expected: string) =>
    mistake(what, path(`¦${JSON.stringify(text)}`), [code, "routes[0].path", text.slice(0, 20), expected]);
  const limit = '[[limits]]\nname = "small"\nkey = "ip"\ncapacity = 3\nrefill = 1';
  checkMistakes([
    mistake(
      "two routes of one name",
      { match: 'name = "a"', end: '[[routes]]\nname = ¦"a"\npath = "/b"\npool = "wallet"' },
      ["TG1501", "routes[1].name", '"a"', "routes[0].name"],
    ),
    mistake("a pool that is not there", { route: 'path = "/"\npool = ¦"walet"' }, [
      "TG1502",
      "routes[0].pool",
      "walet",
      "wallet",
    ]),
    mistake("a limit that is not there", { match: 'limits = [¦"slow"]' }, [
      "TG1503",
      "routes[0].limits[0]",
      "slow",
      "there is none",
    ]),
    mistake("the second limit is not there", { match: 'limits = ["small", ¦"slow"]', end: limit }, [
      "TG1503",
      "routes[0].limits[1]",
      "slow",
      "exists: small",
    ]),
    mistake("a room that is not there", { match: 'room = ¦"main"' }, [
      "TG1504",
      "routes[0].room",
      "main",
      "a room",
    ]),
    mistake(
      "room and lane",
      { match: 'room = "main"\nlane = ¦"bypass"', end: '[[rooms]]\nname = "main"\nactive_limit = 5' },
      ["TG1505", "routes[0].lane", "bypass", "no room beside lane"],
    ),
    mistake("the same route twice", { end: '[[routes]]\npath = ¦"/api/*"\npool = "wallet"' }, [
      "TG1506",
      "routes[1].path",
      "/api/*",
      "routes[0]",
    ]),
    mistake(
      "the same route in other words",
      {
        route: 'path = "/a/:id/*"\npool = "wallet"\nmethods = ["GET", "PUT"]\nhosts = ["a.example"]',
        end: '[[routes]]\npath = ¦"/a/:user/*"\npool = "wallet"\nmethods = ["PUT", "GET"]\nhosts = ["A.example."]',
      },
      ["TG1506", "routes[1].path", "/a/:user/*", "routes[0]"],
    ),
    pattern("no leading slash", "api/*", "TG1507", "begins with /"),
    pattern("an empty path", "", "TG1507", "begins with /"),
    pattern("a path with a host", "https://a.example/", "TG1507", "begins with /"),
    pattern("a path too long", `/${"a".repeat(1024)}`, "TG1306", "1024 characters"),
    pattern("a path of too many segments", "/a".repeat(65), "TG1306", "64 segments"),
    pattern("a group", "/(a|b)", "TG1508", "only"),
    pattern("braces", "/{id}", "TG1508", "only"),
    pattern("a query", "/a?b=1", "TG1508", "only"),
    pattern("a fragment", "/a#b", "TG1508", "only"),
    pattern("a blank", "/a b", "TG1508", "percent-encoded"),
    pattern("a letter outside ASCII", "/支付", "TG1508", "percent-encoded"),
    pattern("a double slash", "/a//b", "TG1509", "single slashes"),
    pattern("a double slash at the start", "//a", "TG1509", "single slashes"),
    pattern("a reserved path", "/.tidegate/*", "TG1510", "outside /.tidegate/"),
    pattern("a dot segment", "/a/./b", "TG1511", "no segment . or .."),
    pattern("two dots at the end", "/a/..", "TG1511", "no segment . or .."),
    pattern("a star after text", "/a*", "TG1512", "whole segment"),
    pattern("two stars", "/**", "TG1512", "whole segment"),
    pattern("a colon in the text", "/a:b", "TG1512", "whole segment"),
    pattern("two parameters in a segment", "/:a-:b", "TG1513", "whole segment"),
    pattern("a parameter without a name", "/:", "TG1513", "whole segment"),
    pattern("a parameter that begins with a digit", "/:1a", "TG1513", "whole segment"),
    pattern("half a percent-encoding", "/a%4", "TG1514", "two hexadecimal digits"),
    pattern("a needless percent-encoding", "/%61", "TG1514", "a instead of %61"),
    pattern("a percent-encoding in lower case", "/%e6%94%af", "TG1514", "%E6 instead of %e6"),
    pattern("an encoded slash", "/a%2Fb", "TG1514", "answered 400"),
    pattern("an encoded NUL", "/a%00", "TG1514", "answered 400"),
    pattern("a parameter twice", "/:id/:id", "TG1515", "once"),
    mistake("a host with a port", { match: 'hosts = [¦"a.example:443"]' }, [
      "TG1516",
      "routes[0].hosts[0]",
      ":443",
      "without scheme, port",
    ]),
    mistake("a host with a scheme", { match: 'hosts = [¦"https://a.example"]' }, [
      "TG1516",
      "routes[0].hosts[0]",
      "https",
      "without scheme",
    ]),
    mistake("a star inside a host", { match: 'hosts = ["b.example", ¦"a.*.example"]' }, [
      "TG1516",
      "routes[0].hosts[1]",
      "a.*",
      "a host",
    ]),
    mistake("a star as host", { match: 'hosts = [¦"*"]' }, ["TG1516", "routes[0].hosts[0]", '"*"', "a host"]),
    mistake("a method in lower case", { match: 'methods = [¦"get"]' }, [
      "TG1517",
      "routes[0].methods[0]",
      "get",
      "capital",
    ]),
    mistake("TRACE", { match: 'methods = ["GET", ¦"TRACE"]' }, [
      "TG1518",
      "routes[0].methods[1]",
      "TRACE",
      "answered 405",
    ]),
    mistake("a method twice", { match: 'methods = ["GET", ¦"GET"]' }, [
      "TG1519",
      "routes[0].methods[1]",
      "GET",
      "routes[0].methods[0]",
    ]),
    mistake("a limit twice", { match: 'limits = ["small", ¦"small"]', end: limit }, [
      "TG1519",
      "routes[0].limits[1]",
      "small",
      "other",
    ]),
    mistake("a cost above the capacity", { match: 'limits = ["small"]\ncost = ¦4', end: limit }, [
      "TG1520",
      "routes[0].cost",
      "4",
      "at most 3, the capacity of limit small",
    ]),
    mistake("stale answers of POST", { match: 'methods = ["POST", "HEAD"]\nstale_if_error = ¦"5m"' }, [
      "TG1521",
      "routes[0].stale_if_error",
      "5m",
      '"GET" among the methods',
    ]),
    mistake("stale answers for more than a week", { match: 'stale_if_error = ¦"169h"' }, [
      "TG1303",
      "routes[0].stale_if_error",
      "169h",
      "1s to 168h",
    ]),
  ]);
});
