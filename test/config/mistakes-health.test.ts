/** Mistakes in health checks, and in what a pool does when its origins fail. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

describe("health checks", () => {
  const health = (lines: string) => ({ after: `[pools.health]\n${lines}` });
  const status = "pools[0].health.expect_status";
  const header = (line: string) => health(`headers = { ${line} }`);
  const headers = "pools[0].health.headers";
  const hidden = "(not shown)";
  checkMistakes([
    mistake("a method that changes something", health('method = ¦"POST"'), [
      "TG1301",
      "pools[0].health.method",
      "POST",
      '"GET", "HEAD"',
    ]),
    mistake("a status as a number", health("expect_status = ¦200"), [
      "TG1103",
      status,
      "200",
      "a list of such",
    ]),
    mistake("a number among statuses", health('expect_status = ["200", ¦301]'), [
      "TG1103",
      `${status}[1]`,
      "301",
      "as text",
    ]),
    mistake("no statuses", health("expect_status = ¦[]"), [
      "TG1105",
      status,
      "a list of 0",
      "1 to 20 statuses",
    ]),
    mistake("a class of statuses", health('expect_status = ¦"2xx"'), ["TG1416", status, "2xx", '"200-299"']),
    mistake("a range that runs backwards", health('expect_status = ¦"299-200"'), [
      "TG1416",
      status,
      "299-200",
      '"200-299"',
    ]),
    mistake("two statuses in one text", health('expect_status = ["200", ¦"201,202"]'), [
      "TG1416",
      `${status}[1]`,
      "201,202",
      "a status or a range",
    ]),
    mistake("a status above 599", health('expect_status = ¦"600"'), ["TG1416", status, "600", "a status"]),
    mistake("a status twice", health('expect_status = ["200", ¦"200"]'), [
      "TG1519",
      `${status}[1]`,
      "200",
      `${status}[0]`,
    ]),
    mistake("a body of HEAD", health('expect_body = ¦"ok"\nmethod = "HEAD"'), [
      "TG1420",
      "pools[0].health.expect_body",
      "ok",
      'method "GET"',
    ]),
    mistake("an empty body", health('expect_body = ¦""'), [
      "TG1306",
      "pools[0].health.expect_body",
      '""',
      "1 to 1,024",
    ]),
    mistake("a body too long", health(`expect_body = ¦"${"a".repeat(1_025)}"`), [
      "TG1306",
      "pools[0].health.expect_body",
      "aaa…",
      "1 to 1,024",
    ]),
    mistake("a header's name with a colon", header("¦'X-Probe:' = '1'"), [
      "TG1307",
      `${headers}."X-Probe:"`,
      "X-Probe:",
      "a header name",
    ]),
    mistake("another host", header("¦Host = 'hk.internal'"), [
      "TG1417",
      `${headers}.Host`,
      '"Host"',
      "other than connection",
    ]),
    mistake("a header of the connection", header("¦transfer-encoding = 'chunked'"), [
      "TG1417",
      `${headers}.transfer-encoding`,
      "transfer-encoding",
      "a header other than",
    ]),
    mistake("a line end in a header", header('X-A = ¦"a\\r\\nX-B: c"'), [
      "TG1418",
      `${headers}.X-A`,
      hidden,
      "printable ASCII",
    ]),
    mistake("a letter outside ASCII in a header", header("X-A = ¦'支付'"), [
      "TG1418",
      `${headers}.X-A`,
      hidden,
      "printable ASCII",
    ]),
    mistake("a blank after a header", header("X-A = ¦'a '"), [
      "TG1418",
      `${headers}.X-A`,
      hidden,
      "no blank",
    ]),
    mistake("an empty header", header("X-A = ¦''"), ["TG1418", `${headers}.X-A`, hidden, "1 to 1,024"]),
    mistake("a number as header", header("X-A = ¦1"), ["TG1103", `${headers}.X-A`, "1", "a text"]),
    mistake("a header in capitals and small", header("X-A = '1', ¦x-a = '2'"), [
      "TG1419",
      `${headers}.x-a`,
      '"x-a"',
      `${headers}.X-A`,
    ]),
    mistake(
      "too many headers",
      health(`headers = ¦{ ${Array.from({ length: 21 }, (_, index) => `X-${index} = '1'`).join(", ")} }`),
      ["TG1104", headers, "a table", "at most 20 headers"],
    ),
    mistake("a vantage that is none", health('vantages = ["apac", ¦"asia"]'), [
      "TG1301",
      "pools[0].health.vantages[1]",
      "asia",
      '"apac"',
    ]),
    mistake("a vantage twice", health('vantages = ["apac", ¦"apac"]'), [
      "TG1519",
      "pools[0].health.vantages[1]",
      "apac",
      "pools[0].health.vantages[0]",
    ]),
    mistake(
      "ten vantages",
      health(
        'vantages = ¦["wnam", "enam", "sam", "weur", "eeur", "apac", "apac-ne", "apac-se", "oc", "afr"]',
      ),
      ["TG1104", "pools[0].health.vantages", "a list of 10", "at most 9"],
    ),
  ]);
});

describe("ejection and return", () => {
  const ejection = (lines: string) => ({ after: `[pools.ejection]\n${lines}` });
  const slowStart = (line: string) => ({ after: `[pools.slow_start]\n${line}` });
  checkMistakes([
    mistake("no failures at all", ejection("consecutive_failures = ¦0"), [
      "TG1202",
      "pools[0].ejection.consecutive_failures",
      "0",
      "1 to 100",
    ]),
    mistake("more failures than requests", ejection("failure_rate = ¦101"), [
      "TG1202",
      "pools[0].ejection.failure_rate",
      "101",
      "1 to 100",
    ]),
    mistake("a rate as a fraction", ejection("failure_rate = ¦0.5"), [
      "TG1203",
      "pools[0].ejection.failure_rate",
      "0.5",
      "a whole number",
    ]),
    mistake("a window of no length", ejection('window = ¦"0s"'), [
      "TG1303",
      "pools[0].ejection.window",
      "0s",
      "from 1s",
    ]),
    mistake("a longest ejection below the first", ejection('base = "1m"\nmax = ¦"59s"'), [
      "TG1421",
      "pools[0].ejection.max",
      "59s",
      "at least 1m",
    ]),
    mistake("a longest ejection below the default first", ejection('max = ¦"29s"'), [
      "TG1421",
      "pools[0].ejection.max",
      "29s",
      "at least 30s",
    ]),
    mistake("a first ejection above the default longest", ejection('base = ¦"6m"'), [
      "TG1421",
      "pools[0].ejection.base",
      "6m",
      "at most 5m",
    ]),
    mistake("no aggression", slowStart("aggression = ¦0.0"), [
      "TG1202",
      "pools[0].slow_start.aggression",
      "0.0",
      "from 0.01 to 10",
    ]),
    mistake("a start from nothing", slowStart("min_percent = ¦0"), [
      "TG1202",
      "pools[0].slow_start.min_percent",
      "0",
      "1 to 100",
    ]),
    mistake("half a success", slowStart("successes = ¦0.5"), [
      "TG1203",
      "pools[0].slow_start.successes",
      "0.5",
      "0 to 10,000",
    ]),
    mistake("a slow start too slow", slowStart('window = ¦"2h"'), [
      "TG1303",
      "pools[0].slow_start.window",
      "2h",
      "0s to 1h",
    ]),
  ]);
});

describe("panic and priorities", () => {
  const second = (priority: string) =>
    `[[pools.origins]]\nname = "sg"\nurl = "https://sg.example"\npriority = ${priority}`;
  const third = '[[pools.origins]]\nname = "fra"\nurl = "https://fra.example"\npriority = 4';
  checkMistakes([
    mistake("a threshold above all", { pool: "panic_threshold = ¦101" }, [
      "TG1202",
      "pools[0].panic_threshold",
      "101",
      "0 to 100",
    ]),
    mistake("another answer to writes", { pool: 'panic_writes = ¦"drop"' }, [
      "TG1301",
      "pools[0].panic_writes",
      "drop",
      '"spread"',
    ]),
    mistake("too little provisioning", { pool: "over_provisioning = ¦0.9" }, [
      "TG1202",
      "pools[0].over_provisioning",
      "0.9",
      "from 1 to 10",
    ]),
    mistake("a priority above 9", { after: second("¦10") }, [
      "TG1202",
      "pools[0].origins[1].priority",
      "10",
      "0 to 9",
    ]),
    mistake("a gap in the priorities", { after: second("¦2") }, [
      "TG1422",
      "pools[0].origins[1].priority",
      "2",
      "1, or an origin of level 1",
    ]),
    mistake("nobody at the first level", { more: "priority = ¦1" }, [
      "TG1422",
      "pools[0].origins[0].priority",
      "1",
      "0, or an origin of level 0",
    ]),
    mistake("two gaps, of which the first is told", { after: `${third}\n${second("¦2")}` }, [
      "TG1422",
      "pools[0].origins[2].priority",
      "2",
      "level 1",
    ]),
  ]);
});

describe("retries and hedges", () => {
  const retry = (line: string) => ({ after: `[pools.retry]\n${line}` });
  const hedge = (line: string) => ({ after: `[pools.hedge]\n${line}` });
  checkMistakes([
    mistake("no attempt", retry("attempts = ¦0"), ["TG1202", "pools[0].retry.attempts", "0", "1 to 5"]),
    mistake("too many attempts", retry("attempts = ¦6"), [
      "TG1202",
      "pools[0].retry.attempts",
      "6",
      "1 to 5",
    ]),
    mistake("an empty budget", retry("budget_tokens = ¦0"), [
      "TG1202",
      "pools[0].retry.budget_tokens",
      "0",
      "1 to 1,000",
    ]),
    mistake("a budget that never comes back", retry("budget_ratio = ¦0"), [
      "TG1202",
      "pools[0].retry.budget_ratio",
      "0",
      "from 0.001 to 1",
    ]),
    mistake("a body above 1 MiB", retry("body_limit_bytes = ¦1_048_577"), [
      "TG1202",
      "pools[0].retry.body_limit_bytes",
      "1_048_577",
      "1,048,576",
    ]),
    mistake("a percentile of its own", hedge("¦percentile = 99"), [
      "TG1101",
      "pools[0].hedge.percentile",
      "percentile",
      "min_delay",
    ]),
    mistake("a hedge without delay", hedge('min_delay = ¦"0s"'), [
      "TG1303",
      "pools[0].hedge.min_delay",
      "0s",
      "from 1ms",
    ]),
    mistake("a switch as text", hedge('enabled = ¦"yes"'), [
      "TG1103",
      "pools[0].hedge.enabled",
      "yes",
      "true or false",
    ]),
  ]);
});
