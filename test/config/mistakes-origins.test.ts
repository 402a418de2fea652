/** Mistakes in pools and origins. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

const SECOND = (line: string) => `[[pools.origins]]\nname = "sg"\n${line}`;
const url = (text: string) => ({ origin: `name = "hk"\nurl = ${text}` });
const URL_KEY = "pools[0].origins[0].url";

describe("pools and origins", () => {
  checkMistakes([
    mistake(
      "two pools of one name",
      { end: '[[pools]]\nname = ¦"wallet"\norigins = [{ name = "a", url = "https://a.example" }]' },
      ["TG1401", "pools[1].name", '"wallet"', "pools[0].name"],
    ),
    mistake(
      "two origins of one name",
      { after: '[[pools.origins]]\nname = ¦"hk"\nurl = "https://b.example"' },
      ["TG1402", "pools[0].origins[1].name", '"hk"', "pools[0].origins[0].name"],
    ),
    mistake("two origins of one URL", { after: SECOND('url = ¦"https://hk.example"') }, [
      "TG1403",
      "pools[0].origins[1].url",
      "https://hk.example",
      "pools[0].origins[0].url",
    ]),
    mistake("one URL written in two ways", { after: SECOND('url = ¦"HTTPS://HK.Example.:443/"') }, [
      "TG1403",
      "pools[0].origins[1].url",
      "HK.Example",
      "pools[0].origins[0].url",
    ]),
    mistake(
      "all weights zero",
      { more: "weight = ¦0", after: SECOND('url = "https://b.example"\nweight = 0') },
      ["TG1405", "pools[0].origins[0].weight", "weight 0 in all 2 origins", "above zero"],
    ),
    mistake("one origin of weight zero", { more: "weight = ¦0" }, [
      "TG1405",
      "pools[0].origins[0].weight",
      "0",
      "above zero",
    ]),
    mistake("a host without a scheme", url('¦"hk.example"'), [
      "TG1406",
      URL_KEY,
      "hk.example",
      "https://host",
    ]),
    mistake("a scheme without slashes", url('¦"https:hk.example"'), [
      "TG1406",
      URL_KEY,
      "https:hk",
      "https://host",
    ]),
    mistake("a backslash", url("¦'https:\\\\hk.example'"), ["TG1406", URL_KEY, "hk.example", "https://host"]),
    mistake("a blank in the URL", url('¦"https://hk .example"'), [
      "TG1406",
      URL_KEY,
      "hk .example",
      "https://host",
    ]),
    mistake("no host", url('¦"https://"'), ["TG1406", URL_KEY, "https://", "https://host"]),
    mistake("a port above 65535", url('¦"https://hk.example:99999"'), [
      "TG1406",
      URL_KEY,
      ":99999",
      "https://host:port",
    ]),
    mistake("another scheme", url('¦"ftp://hk.example"'), [
      "TG1407",
      URL_KEY,
      "ftp://",
      "https:// or http://",
    ]),
    mistake("a WebSocket scheme", url('¦"wss://hk.example"'), [
      "TG1407",
      URL_KEY,
      "wss://",
      "https:// or http://",
    ]),
    mistake("credentials", url('¦"https://user:pass@hk.example"'), [
      "TG1408",
      URL_KEY,
      '"https://***@hk.example"',
      "without user name",
    ]),
    mistake("a user name alone", url('¦"https://user@hk.example"'), [
      "TG1408",
      URL_KEY,
      "***@",
      "without user name",
    ]),
    mistake("empty credentials", url('¦"https://@hk.example"'), [
      "TG1408",
      URL_KEY,
      "***@",
      "without user name",
    ]),
    mistake("a password with a slash", url('¦"https://u:p/w@hk.example"'), [
      "TG1408",
      URL_KEY,
      '"https://***@hk.example"',
      "without user name",
    ]),
    mistake("a query", url('¦"https://hk.example/?key=k3y"'), [
      "TG1409",
      URL_KEY,
      "https://hk.example/?***",
      "without a query",
    ]),
    mistake("an empty query", url('¦"https://hk.example?"'), [
      "TG1409",
      URL_KEY,
      "hk.example?",
      "without a query",
    ]),
    mistake("a fragment", url('¦"https://hk.example/#a"'), ["TG1410", URL_KEY, "#a", "without a fragment"]),
    mistake("a path", url('¦"https://hk.example/wallet"'), ["TG1411", URL_KEY, "/wallet", "without a path"]),
    mistake("a path of dots", url('¦"https://hk.example/./"'), ["TG1411", URL_KEY, "/./", "without a path"]),
    mistake("http: in production", url('¦"http://hk.example"'), [
      "TG1412",
      URL_KEY,
      "http://hk.example",
      "https:",
    ]),
    mistake("http: to a private network in production", url('¦"http://10.0.0.1:80"'), [
      "TG1412",
      URL_KEY,
      "10.0.0.1",
      "loopback",
    ]),
    mistake("http: to a name like localhost", url('¦"http://localhost.example"'), [
      "TG1412",
      URL_KEY,
      "localhost.example",
      "https:",
    ]),
    mistake("http: to a name that begins with 127", url('¦"http://127.0.0.1.example"'), [
      "TG1412",
      URL_KEY,
      "127.0.0.1.example",
      "https:",
    ]),
    mistake(
      "the edge's own host",
      url('¦"https://Edge.example."'),
      ["TG1413", URL_KEY, "Edge.example.", "edge's own"],
      {
        ownHosts: ["edge.EXAMPLE"],
      },
    ),
    mistake(
      "the edge's own host and port",
      url('¦"http://127.0.0.1:8787"'),
      ["TG1413", URL_KEY, ":8787", "edge's own"],
      {
        ownHosts: ["127.0.0.1:8787"],
      },
    ),
    mistake(
      "the edge's own port by another name",
      url('¦"http://localhost:8787"'),
      ["TG1413", URL_KEY, "localhost", "own"],
      {
        ownHosts: ["127.0.0.1:8787"],
      },
    ),
    mistake(
      "the edge's own port, left out",
      url('¦"https://edge.example"'),
      ["TG1413", URL_KEY, "edge.example", "own"],
      {
        ownHosts: ["edge.example:443"],
      },
    ),
    mistake(
      "a host that a route names",
      { ...url('¦"https://hk.example:8443"'), match: 'hosts = ["HK.example."]' },
      ["TG1413", URL_KEY, "hk.example:8443", "(HK.example.)"],
    ),
    mistake(
      "a host that a route's pattern matches",
      { ...url('¦"https://hk.a.example"'), match: 'hosts = ["*.example"]' },
      ["TG1413", URL_KEY, "hk.a.example", "(*.example)"],
    ),
    mistake("a latitude alone", { more: "¦lat = 1.5" }, [
      "TG1414",
      "pools[0].origins[0].lat",
      "lat alone",
      "lon beside lat",
    ]),
    mistake("a longitude alone", { more: "¦lon = 1" }, [
      "TG1414",
      "pools[0].origins[0].lon",
      "lon alone",
      "lat beside lon",
    ]),
    mistake("a health path that leaves the origin", { after: '[pools.health]\npath = ¦"//evil.example"' }, [
      "TG1415",
      "pools[0].health.path",
      "//evil",
      "one /",
    ]),
    mistake("a health path without a slash", { after: '[pools.health]\npath = ¦"healthz"' }, [
      "TG1415",
      "pools[0].health.path",
      "healthz",
      "begins with one /",
    ]),
  ]);
});
