// Drain with several edges: the seat cookie makes a present user known on all of them, and stands on no shared answer.
import type { IncomingMessage } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import type { Status } from "../../src/config/control-api.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { load, type Shot } from "../support/load.ts";
import { payment } from "../support/payment.ts";
import { type Region, startRegions } from "../support/region.ts";

const EDGES = 4;
const USERS = Array.from({ length: 40 }, (_, index) => `user${index}`);
/** Every edge follows a command within a second. */
const FOLLOW_WITHIN_MS = 1_000;
const DRAIN_MS = 5_000;

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  edge = await startEdge({
    config: walletConfig(regions, { pool: { affinity: "user" }, identity: { opaque: { cookie: "sid" } } }),
    edges: EDGES,
  });
});

/** A browser, as far as cookies go: it sends back what it was given. */
class Client {
  readonly user: string;
  readonly #cookies = new Map<string, string>();

  constructor(user: string) {
    this.user = user;
    this.#cookies.set("sid", user);
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  get seat(): string | undefined {
    return [...this.#cookies.keys()].find((name) => name.startsWith("__Host-tidegate-seat-"));
  }

  /** The region that answered. */
  async ask(url: string, shot: Shot = { path: "/api/balance" }): Promise<string> {
    const answer = await one(url, { ...shot, headers: { ...shot.headers, Cookie: this.cookie } });
    for (const field of answer.headers["set-cookie"] ?? []) {
      const [pair = ""] = field.split(";");
      this.#cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return String(answer.headers["x-region"]);
  }
}

async function one(url: string, shot: Shot): Promise<IncomingMessage> {
  let got: IncomingMessage | undefined;
  await load({
    urls: [url],
    requests: 1,
    concurrency: 1,
    shot: () => shot,
    onAnswer: (_, answer) => {
      got = answer;
    },
  });
  if (got === undefined) throw new Error(`no answer from ${url}`);
  return got;
}

const setCookies = async (shot: Shot) =>
  (await one(edge.url, { ...shot, headers: { Cookie: "sid=somebody", ...shot.headers } })).headers[
    "set-cookie"
  ] ?? [];

const [first = "", ...others] = Array.from({ length: EDGES }, (_, index) => index);
const urlOf = (index: number | "") => edge.urls[Number(index)] ?? "";
/** Where a client is served by each of the edges that have not seen them. */
const onOthers = (client: Client) => Promise.all(others.map((index) => client.ask(urlOf(index))));

const done = async (...args: string[]) => {
  const finished = await edge.cli(...args);
  expect(finished.code, finished.stderr).toBe(0);
  return finished.stdout;
};

describe("a user whom one edge has served at a region that drains", () => {
  it("stays there on every edge until the deadline, and a new user is sent there by none", async () => {
    const clients = USERS.map((user) => new Client(user));
    const homes = new Map<Client, string>();
    for (const client of clients) homes.set(client, await client.ask(urlOf(first)));
    const present = clients.filter((client) => homes.get(client) === "hk");
    expect(present.length).toBeGreaterThan(5);
    for (const client of clients) expect(client.seat).toBeDefined();

    await done("drain", "wallet", "hk", "--for", `${DRAIN_MS / 1000}s`, "--yes");
    const status = JSON.parse(await done("status", "--json")) as Status;
    const endMs = status.overrides[0]?.endMs ?? Number.NaN;
    // Whoever has no seat shows when the last edge follows: another one each time, as an edge remembers whom it served.
    let strangers = 0;
    await expect
      .poll(
        async () => {
          const users = Array.from({ length: 12 }, () => new Client(`stranger${strangers++}`));
          const seen = await Promise.all(
            users.flatMap((user) => edge.urls.map((url) => new Client(user.user).ask(url))),
          );
          return new Set(seen).has("hk");
        },
        { timeout: 2 * FOLLOW_WITHIN_MS },
      )
      .toBe(false);

    // Half of them come with their seats, half as if they kept no cookies: an edge remembers whom it has served.
    const seated = present.filter((_, index) => index % 2 === 0);
    const seatless = present.filter((_, index) => index % 2 === 1).map(({ user }) => new Client(user));
    const stayed = await Promise.all(seated.map(onOthers));
    const left = await Promise.all(seatless.map(onOthers));
    // All of this must have been asked before the end: a machine that is too slow shows nothing.
    expect(Date.now()).toBeLessThan(endMs);
    const atHk = (served: string[][]) =>
      `${served.flat().filter((name) => name === "hk").length} of ${served.flat().length}`;
    console.log(
      `drain, answers from the draining region on ${others.length} other edges: ${atHk(stayed)} with a seat, ${atHk(left)} without`,
    );
    expect(stayed).toEqual(seated.map(() => others.map(() => "hk")));
    expect(left.flat()).not.toContain("hk");

    await expect.poll(() => Date.now(), { timeout: 2 * DRAIN_MS, interval: 20 }).toBeGreaterThan(endMs);
    const after = await Promise.all(seated.map(onOthers));
    expect(after.flat()).not.toContain("hk");
    await done("undrain", "wallet", "hk", "--yes");
  });
});

describe("the seat", () => {
  it("is set on an answer that is the user's own, once, and not shown to the region", async () => {
    const client = new Client("somebody");
    await client.ask(edge.url);
    expect(client.seat).toBeDefined();
    const cookies = await setCookies({ path: "/api/balance", headers: { Cookie: client.cookie } });
    expect(cookies).toEqual([]);
    const echo = await fetch(`${edge.url}/echo`, { headers: { Cookie: client.cookie } });
    expect(await echo.text()).not.toContain("tidegate-seat");
  });

  it.each<[string, Shot]>([
    ["no-store", { path: "/api/balance" }],
    ["private", { path: "/cache-control?value=private,max-age=60" }],
    ["to a payment", payment("with-a-seat")],
  ])("stands on an answer: %s", async (_, shot) => {
    expect((await setCookies(shot)).join()).toMatch(/^__Host-tidegate-seat-\w+=\w+\.\w+; Path=\/; Secure;/);
  });

  it("stands beside the region's own cookies", async () => {
    const cookies = await setCookies({ path: "/cookies" });
    expect(cookies.map((field) => field.slice(0, 3))).toEqual(["a=1", "b=2", "c=3", "__H"]);
  });

  it.each([
    "/cache-control?value=public",
    "/cache-control?value=max-age=60",
    "/cache-control?value=s-maxage=60,private",
    "/cache-control?value=no-cache",
    "/gzip",
    "/redirect?status=301",
    "/status/404",
  ])("never stands on an answer that a shared cache may keep: %s", async (path) => {
    expect(await setCookies({ path })).toEqual([]);
  });

  it("is not given to a client that sends no cookies", async () => {
    expect((await one(edge.url, { path: "/api/balance" })).headers["set-cookie"]).toBeUndefined();
  });
});
