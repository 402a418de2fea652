/** Mistakes in single values: numbers, texts, durations and times. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

describe("numbers", () => {
  const weight = "pools[0].origins[0].weight";
  const range = "a whole number from 0 to 1,000,000";
  const room = (line: string) => ({ end: `[[rooms]]\nname = "m"\n${line}` });
  const limit = (line: string) => ({ end: `[[limits]]\nname = "l"\nkey = "ip"\n${line}` });
  checkMistakes([
    mistake("nan", { more: "weight = ¦nan" }, ["TG1201", weight, "nan", range]),
    mistake("infinity", { more: "weight = ¦inf" }, ["TG1201", weight, "inf", range]),
    mistake("minus infinity", { more: "weight = ¦-inf" }, ["TG1201", weight, "-inf", range]),
    mistake("nan as a latitude", { more: "lat = ¦nan\nlon = 1" }, [
      "TG1201",
      "pools[0].origins[0].lat",
      "nan",
      "90",
    ]),
    mistake("an infinite refill", limit("capacity = 1\nrefill = ¦+inf"), [
      "TG1201",
      "limits[0].refill",
      "+inf",
      "a number",
    ]),
    mistake("a negative weight", { more: "weight = ¦-1" }, ["TG1202", weight, "-1", range]),
    mistake("a huge weight", { more: "weight = ¦1_000_001" }, ["TG1202", weight, "1_000_001", range]),
    mistake("a number above 2^53", { more: "weight = ¦99999999999999999999" }, [
      "TG1202",
      weight,
      "99999999999999999999",
      range,
    ]),
    mistake("a negative ceiling", { more: "max_in_flight = ¦-5" }, [
      "TG1202",
      "pools[0].origins[0].max_in_flight",
      "-5",
      range,
    ]),
    mistake("a latitude beyond the pole", { more: "lat = ¦90.5\nlon = 0" }, [
      "TG1202",
      "pools[0].origins[0].lat",
      "90.5",
      "from -90 to 90",
    ]),
    mistake("a rise of zero", { after: "[pools.health]\nrise = ¦0" }, [
      "TG1202",
      "pools[0].health.rise",
      "0",
      "1 to 100",
    ]),
    mistake("a cost of zero", { match: "cost = ¦0" }, ["TG1202", "routes[0].cost", "0", "from 1"]),
    mistake("an empty bucket", limit("capacity = ¦0\nrefill = 1"), [
      "TG1202",
      "limits[0].capacity",
      "0",
      "from 1",
    ]),
    mistake("a negative refill", limit("capacity = 1\nrefill = ¦-0.5"), [
      "TG1202",
      "limits[0].refill",
      "-0.5",
      "from 0",
    ]),
    mistake("a room for nobody", room("active_limit = ¦0"), [
      "TG1202",
      "rooms[0].active_limit",
      "0",
      "from 1",
    ]),
    mistake("half a weight", { more: "weight = ¦1.5" }, ["TG1203", weight, "1.5", range]),
    mistake("half a user", room("active_limit = ¦0.5"), [
      "TG1203",
      "rooms[0].active_limit",
      "0.5",
      "a whole number",
    ]),
    mistake("a status that is no choice", room("active_limit = 1\nstatus = ¦404"), [
      "TG1301",
      "rooms[0].status",
      "404",
      "503, 200, 202 or 429",
    ]),
  ]);
});

describe("texts, durations and times", () => {
  const window = (start: string) => ({
    end: `[[maintenance]]\npool = "wallet"\nstart = ${start}\nend = "2030-01-01T00:00:00Z"`,
  });
  const start = "maintenance[0].start";
  const good = {
    end: '[[maintenance]]\npool = "wallet"\nstart = "2026-01-01T00:00:00Z"\nend = "2026-01-02T00:00:00Z"\n',
  };
  const second = (line: string) => ({ end: good.end + line });
  checkMistakes([
    mistake("a policy that is not there", { pool: 'policy = ¦"random"' }, [
      "TG1301",
      "pools[0].policy",
      "random",
      "failover",
    ]),
    mistake("a choice in capitals", { pool: 'affinity = ¦"User"' }, [
      "TG1301",
      "pools[0].affinity",
      '"User"',
      '"user"',
    ]),
    mistake("an unknown region", { more: 'region = ¦"mars"' }, [
      "TG1301",
      "pools[0].origins[0].region",
      "mars",
      "wnam",
    ]),
    mistake("a lane that is no name", { match: 'lane = ¦"fast lane"' }, [
      "TG1305",
      "routes[0].lane",
      "fast lane",
      "a name",
    ]),
    mistake("a duration without a unit", { pool: 'timeout = ¦"10"' }, [
      "TG1302",
      "pools[0].timeout",
      '"10"',
      '"250ms"',
    ]),
    mistake("a duration in days", { pool: 'timeout = ¦"1d"' }, [
      "TG1302",
      "pools[0].timeout",
      '"1d"',
      '"1h"',
    ]),
    mistake("a duration with decimals", { pool: 'timeout = ¦"1.5s"' }, [
      "TG1302",
      "pools[0].timeout",
      "1.5s",
      "duration",
    ]),
    mistake("a negative duration", { pool: 'timeout = ¦"-1s"' }, [
      "TG1302",
      "pools[0].timeout",
      "-1s",
      "duration",
    ]),
    mistake("a duration too short", { after: '[pools.health]\ninterval = ¦"999ms"' }, [
      "TG1303",
      "pools[0].health.interval",
      "999ms",
      "from 1s to 10m",
    ]),
    mistake("a duration too long", { pool: 'timeout = ¦"11m"' }, [
      "TG1303",
      "pools[0].timeout",
      "11m",
      "10ms to 10m",
    ]),
    mistake("a duration of no length", { pool: 'timeout = ¦"0s"' }, [
      "TG1303",
      "pools[0].timeout",
      "0s",
      "from 10ms",
    ]),
    mistake("a time without an offset", window('¦"2026-12-01T02:00:00"'), [
      "TG1304",
      start,
      "2026-12-01",
      "offset",
    ]),
    mistake("a TOML time without an offset", window("¦2026-12-01T02:00:00"), [
      "TG1304",
      start,
      "2026-12-01",
      "offset",
    ]),
    mistake("a day alone", window("¦2026-12-01"), ["TG1304", start, "2026-12-01", "RFC 3339"]),
    mistake("a day that does not exist", window('¦"2026-02-30T00:00:00Z"'), [
      "TG1304",
      start,
      "02-30",
      "RFC 3339",
    ]),
    mistake("a name with a blank", { more: "", origin: 'name = ¦"h k"\nurl = "https://a.example"' }, [
      "TG1305",
      "pools[0].origins[0].name",
      "h k",
      "a letter or digit",
    ]),
    mistake("a name too long", { match: `name = ¦"${"n".repeat(65)}"` }, [
      "TG1305",
      "routes[0].name",
      "nnn…",
      "up to 63",
    ]),
    mistake("an empty name", { origin: 'name = ¦""\nurl = "https://a.example"' }, [
      "TG1305",
      "pools[0].origins[0].name",
      '""',
      "a name",
    ]),
    mistake("an empty message", second('message = { en = ¦"" }'), [
      "TG1306",
      "maintenance[0].message.en",
      '""',
      "1 to 1,000",
    ]),
    mistake("a message with a control character", second('message = { en = ¦"a\\u0007" }'), [
      "TG1306",
      "maintenance[0].message.en",
      "u0007",
      "no control",
    ]),
    mistake("a header name with a colon", { top: '[edge]\nclient_ip_header = ¦"X-Ip:"' }, [
      "TG1307",
      "edge.client_ip_header",
      "X-Ip:",
      "a header name",
    ]),
    mistake("a pseudonym with a blank", { top: '[edge]\nname = ¦"my edge"' }, [
      "TG1307",
      "edge.name",
      "my edge",
      "pseudonym",
    ]),
    mistake("a cookie name with a semicolon", { end: "[identity]\nopaque = { cookie = ¦'a;b' }" }, [
      "TG1307",
      "identity.opaque.cookie",
      "a;b",
      "a cookie name",
    ]),
    mistake("a language that is none", second('message = { ¦english_text = "a" }'), [
      "TG1309",
      "maintenance[0].message.english_text",
      "english_text",
      "zh-CN",
    ]),
  ]);
});
