import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Compiled, compile } from "../../src/edge/compiled.ts";
import { forward } from "../../src/edge/forward.ts";
import { openVisit } from "../../src/edge/visit.ts";
import { RENEW_MS } from "../../src/policy/drain.ts";
import { drainOf, type PoolGiven, snapshotWith } from "./pools.ts";

const NOW_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const TWO: PoolGiven = { origins: { hk: 1, sg: 1 } };
const DRAINED: PoolGiven = { ...TWO, overrides: [drainOf("hk")] };
const PRIVATE = { "cache-control": "private" };

const origin = vi.fn<(name: string, init: RequestInit | undefined) => Response>();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  origin.mockReset();
  origin.mockImplementation((name) => new Response(name, { headers: PRIVATE }));
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) =>
    origin(new URL(String(input)).hostname.split(".")[0] ?? "", init),
  );
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** An edge that has seen nobody. */
const newEdge = (given: PoolGiven = TWO): Compiled => compile(snapshotWith(given), undefined, NOW_MS, 0);

interface Asked {
  readonly user?: string;
  /** Undefined for a client that sends none. */
  readonly cookie?: string | undefined;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function ask(edge: Compiled, { user = "user", cookie = "sid=1", method = "GET", headers }: Asked = {}) {
  const [pool] = edge.pools;
  if (pool === undefined) throw new Error("no pool");
  const fields = { ...headers, ...(cookie === "" ? {} : { cookie }) };
  const request = new Request("https://edge.example/api", { method, headers: fields });
  const visit = openVisit(request, edge, Date.now(), { waitUntil: () => undefined });
  visit.path = "/api";
  visit.caller = { address: undefined, key: user, kind: "session" };
  visit.pool = pool;
  const response = await forward(visit, pool, { onEjected: () => undefined, onFinal: () => undefined });
  return { served: await response.text(), setCookies: response.headers.getSetCookie() };
}

const seatIn = (setCookies: readonly string[]): string | undefined =>
  setCookies.find((field) => field.startsWith("__Host-tidegate-seat-"))?.split(";")[0];

/** Users who live at hk, with the seats that they got there. */
async function usersAtHk(edge: Compiled) {
  const found: { user: string; cookie: string }[] = [];
  for (let number = 0; number < 30; number++) {
    const user = `user-${number}`;
    const { served, setCookies } = await ask(edge, { user });
    if (served === "hk") found.push({ user, cookie: `sid=1; ${seatIn(setCookies)}` });
  }
  expect(found.length).toBeGreaterThan(5);
  return found;
}

describe("a user with a seat at a draining origin", () => {
  it("stays there on an edge that has never seen them; without it they are new", async () => {
    const users = await usersAtHk(newEdge());
    const other = newEdge(DRAINED);
    for (const { user, cookie } of users) {
      expect((await ask(other, { user })).served).toBe("sg");
      expect((await ask(newEdge(DRAINED), { user, cookie })).served).toBe("hk");
    }
  });

  it("goes elsewhere from the deadline on", async () => {
    const [known] = await usersAtHk(newEdge());
    const edge = newEdge({ ...TWO, overrides: [drainOf("hk", NOW_MS + MINUTE_MS)] });
    expect((await ask(edge, known)).served).toBe("hk");
    vi.setSystemTime(NOW_MS + MINUTE_MS);
    expect((await ask(edge, known)).served).toBe("sg");
  });

  it("goes elsewhere when they do not live there: weights have changed, or the seat is another's", async () => {
    const users = await usersAtHk(newEdge());
    const edge = newEdge({ origins: { hk: 0, sg: 1 }, overrides: [drainOf("hk")] });
    for (const asked of users) expect((await ask(edge, asked)).served).toBe("sg");
  });

  it("keeps it while they come, five minutes at a time", async () => {
    const edge = newEdge();
    const [known] = await usersAtHk(edge);
    if (known === undefined) throw new Error("nobody");
    vi.setSystemTime(NOW_MS + RENEW_MS - MINUTE_MS);
    expect((await ask(edge, known)).setCookies).toEqual([]);
    vi.setSystemTime(NOW_MS + RENEW_MS + MINUTE_MS);
    const renewed = seatIn((await ask(edge, known)).setCookies);
    expect(renewed).toBeDefined();
    expect(known.cookie).not.toContain(renewed);
  });
});

describe("a seat is set on", () => {
  it.each<[string, Asked, ResponseInit]>([
    ["an answer that is private", {}, { headers: PRIVATE }],
    ["an answer to a payment", { method: "POST" }, { status: 201 }],
    ["an answer with a session", {}, { headers: { "set-cookie": "sid=2" } }],
    ["an answer to Authorization", { headers: { authorization: "Bearer x" } }, {}],
  ])("%s", async (_, asked, answer) => {
    origin.mockImplementation((name) => new Response(name, answer));
    expect(seatIn((await ask(newEdge(), asked)).setCookies)).toBeDefined();
  });
});

describe("no seat is set", () => {
  it.each<[string, ResponseInit]>([
    ["public", { headers: { "cache-control": "public, max-age=60" } }],
    ["silent about caches", {}],
    ["fresh by its Expires", { headers: { expires: "Tue, 01 Dec 2026 10:00:00 GMT" } }],
    ["kept by a CDN", { headers: { ...PRIVATE, "cdn-cache-control": "max-age=60" } }],
    ["not modified", { status: 304 }],
  ])("on an answer that is %s", async (_, answer) => {
    origin.mockImplementation((name) => new Response(answer.status === 304 ? null : name, answer));
    expect((await ask(newEdge())).setCookies).toEqual([]);
  });

  it("for a client that sends no cookies", async () => {
    expect((await ask(newEdge(), { cookie: "" })).setCookies).toEqual([]);
  });

  it.each<[string, PoolGiven]>([
    ["with drain_cookie = false", { ...TWO, pool: { drain_cookie: false } }],
    ["with affinity none", { ...TWO, pool: { affinity: "none" } }],
    ["of one origin", { origins: { hk: 1 } }],
    ["that is least-loaded: nobody is anywhere", { ...TWO, pool: { policy: "least-loaded" } }],
  ])("in a pool %s", async (_, given) => {
    expect((await ask(newEdge(given))).setCookies).toEqual([]);
  });

  it("at an origin that only helped out", async () => {
    const edge = newEdge();
    const [known] = await usersAtHk(edge);
    origin.mockImplementation(
      (name) => new Response(name, { status: name === "hk" ? 503 : 200, headers: PRIVATE }),
    );
    expect(await ask(edge, { user: known?.user ?? "" })).toEqual({ served: "sg", setCookies: [] });
  });
});

describe("the edge's own cookies", () => {
  it("are not shown to origins", async () => {
    const edge = newEdge();
    const [known] = await usersAtHk(edge);
    await ask(edge, known);
    const sent = origin.mock.lastCall?.[1]?.headers;
    expect(new Headers(sent).get("cookie")).toBe("sid=1");
  });

  it("cannot be set by origins, whose others go on", async () => {
    const edge = newEdge();
    const [known] = await usersAtHk(edge);
    const headers = new Headers(PRIVATE);
    for (const field of ["a=1", "__Host-tidegate-seat-x=y.z; Path=/; Secure", "b=2"])
      headers.append("set-cookie", field);
    origin.mockImplementation((name) => new Response(name, { headers }));
    expect((await ask(edge, known)).setCookies).toEqual(["a=1", "b=2"]);
  });
});
