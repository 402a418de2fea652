// Whose bucket a request is charged to: what attackers change about a request gives them no second one.
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { startKeyServer } from "../support/key-server.ts";
import { limitedConfig } from "../support/limits.ts";
import { load, type Shot, type Tally } from "../support/load.ts";
import { rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";
import { AUDIENCE, claimsOf, ISSUER, newKey, type SigningKey, sign, unsigned } from "../support/tokens.ts";

const CAPACITY = 10;
const API_KEY = "partner-key-0815";
/** `printf %s partner-key-0815 | sha256sum` */
const API_KEY_HASH = "4b5d8b4f7616b96c95446b530b3a83f391c528d4c3586641a50d7f558876d8d1";

let hk: Region;
let key: SigningKey;
let forger: SigningKey;
let edge: Edge;
beforeAll(async () => {
  [hk, key, forger] = await Promise.all([startRegion("hk"), newKey("ES256", "k1"), newKey("ES256", "k1")]);
  const keys = await startKeyServer([key]);
  const limit = (name: string, key: string) => ({ name, key, capacity: CAPACITY, refill: 0 });
  const route = (path: string, ...limits: string[]) => ({ path, pool: "wallet", limits });
  const config = limitedConfig(
    hk.url,
    [
      limit("user", "user"),
      limit("address", "ip"),
      limit("header", "header:X-Team"),
      limit("cookie", "cookie:team"),
      limit("login", "ip"),
      limit("methods", "ip"),
    ],
    {
      routes: [
        route("/echo/user/*", "user"),
        route("/echo/address/*", "address"),
        route("/echo/header", "header"),
        route("/echo/cookie", "cookie"),
        route("/echo/login", "login"),
        route("/echo/methods", "methods"),
        route("/*"),
      ],
      // A store that is late on a busy machine would make the edges count by themselves.
      limiter: { timeout: "5s" },
      identity: {
        jwt: { jwks: keys.url, issuer: ISSUER, audience: AUDIENCE },
        api_keys: { sha256: { partner: API_KEY_HASH } },
        opaque: { cookie: "sid", new_per_ip_per_minute: 1_000_000 },
      },
    },
  );
  edge = await startEdge({ config, edges: 4 });
});

let addresses = 0;
/** An address that no other test has used. */
function newAddress(): string {
  addresses += 1;
  return `10.9.${addresses >> 8}.${addresses & 255}`;
}

function storm(requests: number, shot: (index: number) => Shot): Promise<Tally> {
  return load({ urls: edge.urls, requests, concurrency: 25, shot });
}

/** All of them together get what one bucket holds: some perhaps only when an edge has brought its lease back. */
async function expectOneBucket(requests: number, shot: (index: number) => Shot): Promise<void> {
  let admitted = 0;
  const more = async (count: number) => {
    const { byStatus, errors } = await storm(count, shot);
    expect(errors).toEqual({});
    expect(Object.keys(byStatus).filter((status) => !["200", "429"].includes(status))).toEqual([]);
    admitted += byStatus[200] ?? 0;
    return admitted;
  };
  await more(requests);
  await expect.poll(() => more(edge.urls.length), { timeout: 10_000 }).toBeGreaterThanOrEqual(CAPACITY);
  expect(await more(10 * edge.urls.length)).toBe(CAPACITY);
}

const at = (address: string, path = "/echo/address/a", headers: Record<string, string> = {}): Shot => ({
  path,
  headers: { "CF-Connecting-IP": address, ...headers },
});

describe("an address", () => {
  it("has one bucket, whatever its forwarding headers say", async () => {
    const address = newAddress();
    const names = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "Forwarded", "X-Client-IP", "Via"];
    await expectOneBucket(1_000, (index) => {
      const made = `${1 + (index % 200)}.${index % 251}.7.${index % 13}`;
      const name = names[index % names.length] ?? "";
      return at(address, "/echo/address/a", { [name]: name === "Forwarded" ? `for=${made}` : made });
    });
  });

  it("of IPv6 counts by its /64", async () => {
    const host = (index: number) => `2001:db8:77:88:${index.toString(16)}:${(index * 7).toString(16)}::1`;
    await expectOneBucket(1_000, (index) => at(host(index)));
    await expectOneBucket(50, (index) => at(`2001:db8:77:89::${index}`));
  });

  it("of IPv4 is the same written as IPv4-mapped IPv6, and no two are one", async () => {
    const address = newAddress();
    await expectOneBucket(60, (index) =>
      at([address, `::ffff:${address}`, `::FFFF:${address}`, `[::ffff:${address}]`][index % 4] ?? ""),
    );
    await expectOneBucket(40, () => at("::ffff:1.2.3.4"));
    await expectOneBucket(40, () => at("::ffff:5.6.7.8"));
  });
});

describe("a user with a token", () => {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

  it("has one bucket at all edges, from all addresses, with all tokens", async () => {
    const tokens = await Promise.all([600, 700, 800].map((jti) => sign(key, claimsOf("alice", { jti }))));
    await expectOneBucket(400, (index) =>
      at(newAddress(), `/echo/user/${index}`, bearer(tokens[index % 3] ?? "")),
    );
  });

  it("that is forged is charged to its address, and never to the user whom it names", async () => {
    const address = newAddress();
    const forged = await Promise.all([
      sign(forger, claimsOf("bob")),
      sign(key, claimsOf("bob", { iss: "https://evil.example/" })),
      sign(key, claimsOf("bob", { exp: 1 })),
      unsigned({ alg: "none" }, claimsOf("bob")),
      "garbage",
    ]);
    const others = Array.from({ length: 40 }, (_, index) =>
      unsigned({ alg: "ES256" }, claimsOf(`eve-${index}`)),
    );
    const all = [...forged, ...others];
    await expectOneBucket(200, (index) => at(address, "/echo/user/x", bearer(all[index % all.length] ?? "")));
    const bob = await sign(key, claimsOf("bob"));
    await expectOneBucket(40, () => at(address, "/echo/user/x", bearer(bob)));
  });
});

describe("a holder of an API key", () => {
  it("has one bucket from all addresses; a wrong key is charged to its address", async () => {
    await expectOneBucket(100, () => at(newAddress(), "/echo/user/x", { "X-Api-Key": API_KEY }));
    const address = newAddress();
    await expectOneBucket(100, (index) => at(address, "/echo/user/x", { "X-Api-Key": `guess-${index}` }));
  });
});

describe("names that look alike", () => {
  it("never meet in one bucket, whatever they are made of", async () => {
    const address = newAddress();
    const token = await sign(key, claimsOf("carol"));
    await expectOneBucket(30, () => at(address, "/echo/user/x", { Authorization: `Bearer ${token}` }));
    const sessions = ["carol", address, "partner", "user:carol", `3:jwt${ISSUER.length}:${ISSUER}5:carol`];
    await Promise.all(
      sessions.map((sid) =>
        expectOneBucket(30, () => at(newAddress(), "/echo/user/x", { Cookie: `sid=${sid}` })),
      ),
    );
    await expectOneBucket(30, () => at(address, "/echo/user/x"));
  });

  it("have a bucket each as a header, and one each as a cookie", async () => {
    const teams = ["a:b", "a", "a:b:c", "b:c", "c", "1:a1:b"];
    await Promise.all(
      teams.flatMap((team) => [
        expectOneBucket(30, () => at(newAddress(), "/echo/header", { "X-Team": team })),
        expectOneBucket(30, () => at(newAddress(), "/echo/cookie", { Cookie: `team=${team}` })),
      ]),
    );
  });

  it("are charged to the address when they are left out", async () => {
    const address = newAddress();
    await expectOneBucket(30, (index) =>
      at(address, "/echo/header", index % 2 === 0 ? {} : { "X-Team": "" }),
    );
  });
});

describe("a route", () => {
  const send = async (method: string, target: string, address: string) => {
    const lines = [`CF-Connecting-IP: ${address}`, ...(method === "POST" ? ["Content-Length: 0"] : [])];
    return (await sendRaw(edge.url, rawRequest(edge.url, method, target, lines))).status;
  };

  it("has one bucket for every spelling of its path, or refuses it", async () => {
    const address = newAddress();
    const base = `http://${new URL(edge.url).host}`;
    const spellings = [
      ...["//echo/login", "/echo//login", "/echo/login/", "/echo/%6cogin", "/echo/%6Cogin", "/%65cho/login"],
      ...["/x/../echo/login", "/echo/x/../login", "/./echo/./login", "/echo/login/.", "/echo/login/x/.."],
      ...["/echo/login;x", "/echo;a=b/login;c", "/echo/login?", "/echo/login?a=b", "/echo/login;?x"],
      ...["/x/%2e%2e/echo/login", "/x/..%2fecho/login", "/x%2f..%2fecho/login", "/echo/x%2f..%2flogin"],
      ...["/echo\\login", "/echo%5clogin", "/echo/login%00", "/echo/login%0a", `${base}/echo/login`],
      ...[`${base}//echo/login`, "/..;/echo/login", "/echo/..;/echo/login"],
    ];
    for (let used = 0; used < CAPACITY; used++) expect(await send("GET", "/echo/login", address)).toBe(200);
    const passed: string[] = [];
    for (const target of spellings) {
      const status = await send("GET", target, address);
      if (![429, 400].includes(status)) passed.push(`${target}: ${status}`);
    }
    expect(passed).toEqual([]);
  });

  it("has another path's bucket only where origins see another path", async () => {
    await hk.settle();
    for (const target of ["/echo/LOGIN", "/echo%2Flogin", "/echo/login%2F", "/echo/login."]) {
      expect([200, 404, 400]).toContain(await send("GET", target, newAddress()));
    }
    const { byPath } = await hk.counts();
    expect(Object.keys(byPath).filter((path) => path === "/echo/login")).toEqual([]);
  });

  it("has one bucket for all methods", async () => {
    const address = newAddress();
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "QUERY", "get", "PURGE"];
    await hk.settle();
    for (let round = 0; round < 3; round++) {
      for (const method of methods) await send(method, "/echo/methods", address).catch(() => 0);
    }
    expect((await hk.counts()).requests).toBe(CAPACITY);
  });
});
