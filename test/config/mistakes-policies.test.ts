/** Mistakes in limits, rooms, maintenance windows and identity. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

describe("limits and rooms", () => {
  const limit = (name: string, key: string) =>
    `[[limits]]\nname = ${name}\nkey = ${key}\ncapacity = 1\nrefill = 1\n`;
  const KEY = ["TG1601", "limits[0].key"] as const;
  checkMistakes([
    mistake("a key that is none", { end: limit('"a"', '¦"address"') }, [...KEY, "address", '"cookie:NAME"']),
    mistake("a header without a name", { end: limit('"a"', '¦"header:"') }, [
      ...KEY,
      "header:",
      '"header:NAME"',
    ]),
    mistake("a cookie name with a blank", { end: limit('"a"', '¦"cookie:a b"') }, [
      ...KEY,
      "cookie:a b",
      "NAME",
    ]),
    mistake("two limits of one name", { end: limit('"a"', '"ip"') + limit('¦"a"', '"user"') }, [
      "TG1602",
      "limits[1].name",
      '"a"',
      "limits[0].name",
    ]),
    mistake("an unknown store", { end: `${limit('"a"', '"ip"')}store = ¦"redis"` }, [
      "TG1301",
      "limits[0].store",
      "redis",
      "upstash",
    ]),
    mistake(
      "two rooms of one name",
      { end: '[[rooms]]\nname = "m"\nactive_limit = 1\n[[rooms]]\nname = ¦"m"\nactive_limit = 2' },
      ["TG1701", "rooms[1].name", '"m"', "rooms[0].name"],
    ),
    mistake("an unknown mode", { end: '[[rooms]]\nname = "m"\nactive_limit = 1\nmode = ¦"on"' }, [
      "TG1301",
      "rooms[0].mode",
      '"on"',
      '"hold"',
    ]),
  ]);
});

describe("maintenance", () => {
  const window = (pool: string, from: string, to: string, more = "") =>
    `[[maintenance]]\npool = ${pool}\nstart = ${from}\nend = ${to}\n${more}`;
  const good = (more: string) => window('"wallet"', '"2026-12-01T00:00:00Z"', '"2026-12-01T02:00:00Z"', more);
  const again = (more: string) =>
    window('"wallet"', '¦"2026-12-01T01:00:00Z"', '"2026-12-01T03:00:00Z"', more);
  const noon = '"2026-12-01T12:00:00+08:00"';
  checkMistakes([
    mistake("an end before the start", { end: window('"wallet"', noon, '¦"2026-12-01T04:00:00+08:00"') }, [
      "TG1801",
      "maintenance[0].end",
      "04:00",
      "after the start",
    ]),
    mistake(
      "an end at the start, in another zone",
      { end: window('"wallet"', noon, '¦"2026-12-01T04:00:00Z"') },
      ["TG1801", "maintenance[0].end", "04:00:00Z", "after the start"],
    ),
    mistake("a drain of more than a day", { end: good('drain = ¦"25h"') }, [
      "TG1802",
      "maintenance[0].drain",
      "25h",
      "0s to 24h",
    ]),
    mistake(
      "a pool that is not there",
      { end: window('¦"bank"', '"2026-12-01T00:00:00Z"', '"2026-12-02T00:00:00Z"') },
      ["TG1803", "maintenance[0].pool", "bank", "exists: wallet"],
    ),
    mistake("an origin that is not there", { end: good('origin = ¦"sg"') }, [
      "TG1804",
      "maintenance[0].origin",
      "sg",
      "exists: hk",
    ]),
    mistake("two windows of one origin", { end: good('origin = "hk"\n') + again('origin = "hk"') }, [
      "TG1805",
      "maintenance[1].start",
      "01:00",
      "outside maintenance[0]",
    ]),
    mistake("two windows of a whole pool", { end: good("") + again("") }, [
      "TG1805",
      "maintenance[1].start",
      "01:00",
      "outside",
    ]),
    mistake(
      "the second window begins earlier",
      { end: good("") + window('"wallet"', '¦"2026-11-30T00:00:00Z"', '"2026-12-01T00:30:00Z"') },
      ["TG1805", "maintenance[1].start", "2026-11-30", "outside maintenance[0]"],
    ),
  ]);
});

describe("identity", () => {
  const keys = (line: string) => ({ end: `[identity.api_keys]\n${line}` });
  const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  const jwt = (line: string) => ({ end: `[identity.jwt]\njwks = ${line}` });
  checkMistakes([
    mistake("a key instead of its hash", keys('sha256 = { a = ¦"sk_live_4711" }'), [
      "TG1901",
      "identity.api_keys.sha256.a",
      "a text of 12 characters (not shown)",
      "64 hexadecimal digits",
    ]),
    mistake("an abbreviated hash", keys('sha256.partner-a = ¦"9f86d0…"'), [
      "TG1901",
      "identity.api_keys.sha256.partner-a",
      "7 characters",
      "64",
    ]),
    mistake("two holders of one key", keys(`sha256 = { a = "${hash}", b = ¦"${hash.toUpperCase()}" }`), [
      "TG1902",
      "identity.api_keys.sha256.b",
      "not shown",
      "identity.api_keys.sha256.a",
    ]),
    mistake("a key set without a host", jwt('¦"/jwks.json"'), [
      "TG1903",
      "identity.jwt.jwks",
      "/jwks.json",
      "https://host/path",
    ]),
    mistake("a key set with credentials", jwt('¦"https://u:p@id.example/k"'), [
      "TG1903",
      "identity.jwt.jwks",
      "***@id",
      "without",
    ]),
    mistake("a key set over http:", jwt('¦"http://id.example/k"'), [
      "TG1903",
      "identity.jwt.jwks",
      "http://id",
      "https:",
    ]),
    mistake("tokens without a key set", { end: '[identity]\n¦jwt.issuer = "https://id.example/"' }, [
      "TG1102",
      "identity.jwt.jwks",
      "nothing",
      "the key jwks",
    ]),
    mistake("the shared secret beside a key set", jwt('¦"https://id.example/k"\nalgorithms = ["HS256"]'), [
      "TG1904",
      "identity.jwt.jwks",
      "https://id.example/k",
      "no jwks",
    ]),
    mistake(
      "the shared secret beside public keys",
      jwt('"https://id.example/k"\nalgorithms = ["RS256", ¦"HS256"]'),
      ["TG1904", "identity.jwt.algorithms[1]", "HS256", "alone"],
    ),
    mistake("an algorithm that is not accepted", jwt('"https://id.example/k"\nalgorithms = [¦"none"]'), [
      "TG1301",
      "identity.jwt.algorithms[0]",
      "none",
      '"RS256", "ES256", "EdDSA", "HS256"',
    ]),
    mistake("no algorithm at all", jwt('"https://id.example/k"\nalgorithms = ¦[]'), [
      "TG1105",
      "identity.jwt.algorithms",
      "",
      "a list of 1 to 3",
    ]),
    mistake("an algorithm twice", jwt('"https://id.example/k"\nalgorithms = ["RS256", ¦"RS256"]'), [
      "TG1519",
      "identity.jwt.algorithms[1]",
      "RS256",
      "an entry",
    ]),
    mistake(
      "a negative number of new sessions",
      { end: "[identity]\nopaque = { new_per_ip_per_minute = ¦-1 }" },
      ["TG1202", "identity.opaque.new_per_ip_per_minute", "-1", "from 0"],
    ),
  ]);
});
