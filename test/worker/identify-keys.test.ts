import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { claimsOf, newKey, type SigningKey, sign } from "../support/tokens.ts";
import { JWKS_URL, JWT, newIdentifyingEdge } from "./identify.ts";

const START_MS = 1_800_000_000_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let first: SigningKey;
let second: SigningKey;
beforeAll(async () => {
  [first, second] = await Promise.all([newKey("ES256", "first"), newKey("ES256", "second")]);
});

/** What the issuer's server answers now. */
let issuer: () => Response | Promise<Response>;
let warnings: string[];
const server = vi.fn<typeof fetch>(async () => issuer());
const publishes =
  (...keys: SigningKey[]) =>
  () =>
    Response.json({ keys: keys.map(({ jwk }) => jwk) });
const down = () => {
  throw new TypeError("connection refused");
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  issuer = publishes(first);
  warnings = [];
  server.mockClear();
  vi.spyOn(globalThis, "fetch").mockImplementation(server);
  vi.spyOn(console, "warn").mockImplementation((...words) => void warnings.push(words.join(" ")));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const at = (ms: number) => vi.setSystemTime(START_MS + ms);
const tokenOf = (key: SigningKey, user = "alice") =>
  sign(key, claimsOf(user, { exp: START_MS / 1000 + 100 * 3600 }));
const edge = () => newIdentifyingEdge({ jwt: JWT });

describe("the key set", () => {
  it("is not asked for until a token needs it", async () => {
    const fresh = await edge();
    await fresh.ask();
    await fresh.ask({ Authorization: "Bearer opaque" });
    expect(server).not.toHaveBeenCalled();
    await fresh.bearer(await tokenOf(first));
    expect(server.mock.calls.map(([url]) => url)).toEqual([JWKS_URL]);
  });

  it("is asked for once by many requests at the same time, and all of them get their user", async () => {
    const fresh = await edge();
    const answer = Promise.withResolvers<Response>();
    issuer = () => answer.promise;
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) => tokenOf(first, `user-${index}`)),
    );
    const asked = tokens.map((token) => fresh.bearer(token));
    setTimeout(() => answer.resolve(publishes(first)()), 30);
    for (const { kind } of await Promise.all(asked)) expect(kind).toBe("jwt");
    expect(server).toHaveBeenCalledTimes(1);
  });

  it("is fetched behind a request once it is ten minutes old", async () => {
    const fresh = await edge();
    const token = await tokenOf(first);
    await fresh.bearer(token);
    at(10 * MINUTE - 1);
    await fresh.bearer(token);
    expect(server).toHaveBeenCalledTimes(1);
    at(10 * MINUTE);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt", waited: false });
    await fresh.settled();
    expect(server).toHaveBeenCalledTimes(2);
  });

  it("is fetched before the request when it is an hour old, so that a withdrawn key is not used again", async () => {
    const fresh = await edge();
    const token = await tokenOf(first);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt" });
    issuer = publishes(second);
    at(HOUR);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "address" });
  });

  it("makes tokens that others verified count no more when it has changed", async () => {
    const fresh = await edge();
    const token = await tokenOf(first);
    await fresh.bearer(token);
    issuer = publishes(second);
    at(2 * MINUTE);
    expect(await fresh.bearer(await tokenOf(second, "bob"))).toMatchObject({ kind: "jwt" });
    expect(await fresh.bearer(token)).toMatchObject({ kind: "address" });
  });

  it("is fetched again for a key that it does not hold: a new key works at once", async () => {
    const fresh = await edge();
    await fresh.bearer(await tokenOf(first));
    issuer = publishes(first, second);
    at(MINUTE);
    expect(await fresh.bearer(await tokenOf(second))).toMatchObject({ kind: "jwt" });
    expect(await fresh.bearer(await tokenOf(first))).toMatchObject({ kind: "jwt" });
    expect(server).toHaveBeenCalledTimes(2);
  });

  it("is fetched at most once a minute, whatever key ids come", async () => {
    const fresh = await edge();
    await fresh.bearer(await tokenOf(first));
    const strange = { ...second };
    for (let ms = SECOND; ms <= 5 * MINUTE; ms += SECOND) {
      at(ms);
      await fresh.bearer(await sign({ ...strange, kid: `made-up-${ms}` }, claimsOf("eve")));
    }
    await fresh.settled();
    expect(server).toHaveBeenCalledTimes(6);
  });

  it("is fetched at most once a minute while its server fails, also by an edge that has no keys", async () => {
    issuer = down;
    const fresh = await edge();
    const token = await tokenOf(first);
    for (let ms = 0; ms < 3 * MINUTE; ms += SECOND) {
      at(ms);
      expect(await fresh.bearer(token)).toMatchObject({ kind: "address" });
    }
    expect(server).toHaveBeenCalledTimes(3);
    expect(warnings.filter((line) => line.startsWith("TG3006"))).toHaveLength(3);
    issuer = publishes(first);
    at(3 * MINUTE);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt" });
  });

  it("works on for a day while its server fails, and then no more", async () => {
    const fresh = await edge();
    const token = await tokenOf(first);
    await fresh.bearer(token);
    issuer = down;
    for (let ms = 0; ms < 24 * HOUR; ms += 7 * MINUTE) {
      at(ms);
      expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt" });
      expect(await fresh.bearer(await tokenOf(first, `at-${ms}`))).toMatchObject({ kind: "jwt" });
      await fresh.settled();
    }
    at(24 * HOUR);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "address" });
    at(24 * HOUR + SECOND);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "address" });
    issuer = publishes(first);
    at(24 * HOUR + MINUTE);
    expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt" });
  });

  it("stays as it was when its server answers something else", async () => {
    const fresh = await edge();
    const token = await tokenOf(first);
    await fresh.bearer(token);
    const { kid, ...withoutKid } = second.jwk;
    const answers: (() => Response)[] = [
      () => new Response("<html>"),
      () => Response.json(null),
      () => Response.json([]),
      () => Response.json({ keys: {} }),
      () => Response.json({ keys: [] }),
      () => Response.json({ keys: [null, 7, "x", [], {}, { kty: "oct", k: "AAAA" }] }),
      () => Response.json({ keys: [{ ...withoutKid, d: "AAAA" }] }),
      () => new Response(`${" ".repeat(300_000)}${JSON.stringify({ keys: [second.jwk] })}`),
      () => new Response("down", { status: 500 }),
      () => new Response(null, { status: 304 }),
      () => Response.redirect("https://evil.example/jwks.json", 302),
    ];
    for (const [index, answer] of answers.entries()) {
      issuer = answer;
      at((index + 1) * 11 * MINUTE);
      expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt" });
      await fresh.settled();
      expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt", waited: false });
      expect(warnings).toHaveLength(index + 1);
    }
    expect(warnings.join()).not.toContain("evil");
  });

  it("costs a request a second at most when its server is silent, and only one request a minute", async () => {
    vi.useRealTimers();
    issuer = () => new Promise(() => undefined);
    const fresh = await edge();
    const token = await tokenOf(first);
    const startedAtMs = Date.now();
    const [one, two] = await Promise.all([fresh.bearer(token), fresh.bearer(token)]);
    expect(Date.now() - startedAtMs).toBeLessThan(1300);
    expect([one.kind, two.kind]).toEqual(["address", "address"]);
    const thirdAtMs = Date.now();
    await fresh.bearer(token);
    expect(Date.now() - thirdAtMs).toBeLessThan(100);
    expect(server).toHaveBeenCalledTimes(1);
  });

  it("is kept over a change of the configuration, but not what other rules verified", async () => {
    const fresh = await edge();
    const token = await tokenOf(first);
    await fresh.bearer(token);
    fresh.take({ jwt: JWT, opaque: { cookie: "sid" } });
    expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt", waited: false });
    fresh.take({ jwt: { ...JWT, audience: "other" } });
    expect(await fresh.bearer(token)).toMatchObject({ kind: "address" });
    expect(server).toHaveBeenCalledTimes(1);
    fresh.take({ jwt: { ...JWT, jwks: "https://other.example/jwks.json" } });
    await fresh.bearer(token);
    expect(server.mock.calls.map(([url]) => url)).toEqual([JWKS_URL, "https://other.example/jwks.json"]);
  });

  it("is not fetched for two thousand users more than once", async () => {
    const fresh = await edge();
    const tokens = await Promise.all(
      Array.from({ length: 2000 }, (_, index) => tokenOf(first, `user-${index}`)),
    );
    for (const token of tokens) expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt" });
    for (const token of tokens)
      expect(await fresh.bearer(token)).toMatchObject({ kind: "jwt", waited: false });
    expect(server).toHaveBeenCalledTimes(1);
  });
});
