// Chromium in front of the real edge: bare workerd, full rooms, real regions, and every page as it is really sent.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Crowd } from "../../scripts/lib/crowd.ts";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { WORDS } from "../../src/pages/languages.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { HOSTILE } from "../support/hostile.ts";
import { LANGUAGES } from "../support/pages.ts";
import { run } from "../support/processes.ts";
import { type Region, startRegion } from "../support/region.ts";
import { RoomUser } from "../support/room-client.ts";
import { roomStatus } from "../support/rooms.ts";
import { TEMPLATE } from "../support/template.ts";
import type { TomlTable } from "../support/toml.ts";
import { launchChromium } from "./chromium.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** As in test/policy/pages-size.test.ts: what arrives without waiting for the reader. */
const MOST_BYTES = 14_000;
/** A call to a room, its answer at the next poll, and a machine that has other things to do. */
const TURN = { timeout: 15_000 };
const HOUR_MS = 3_600_000;
const ROOMS = ["main", "plain", "form", "quit"];

let browser: Browser;
let [hk, hung]: Region[] = [];
let edge: Edge;
let contexts: BrowserContext[] = [];
/** What a page did against its own policy, and errors of its script. */
let complaints: string[] = [];

async function configured(page: TomlTable = {}): Promise<TomlTable> {
  const closedUntil = new Date(Date.now() + HOUR_MS).toISOString();
  const out = { start: new Date(Date.now() - HOUR_MS).toISOString(), end: closedUntil };
  return {
    pools: [
      pool("wallet", [{ name: "hk", url: hk?.url ?? "" }], { affinity: "none" }),
      pool("late", [{ name: "sg", url: hung?.url ?? "" }], { affinity: "none", timeout: "200ms" }),
      pool("down", [{ name: "fra", url: `http://127.0.0.1:${await freePorts(1)}` }], { affinity: "none" }),
      pool("closed", [{ name: "jp", url: hk?.url ?? "" }], { affinity: "none" }),
    ],
    routes: [
      ...[...ROOMS, "held"].map((room) => ({ path: `/echo/${room}/*`, pool: "wallet", room })),
      { path: "/echo/fast", pool: "wallet", limits: ["few"] },
      { path: "/echo/none", pool: "wallet", limits: ["none"] },
      ...["late", "down", "closed"].map((name) => ({ path: `/${name}`, pool: name })),
      { path: "/*", pool: "wallet" },
    ],
    limits: [
      { name: "few", key: "ip", capacity: 1, refill: 1, interval: "2s" },
      { name: "none", key: "cookie:none", capacity: 1, refill: 1, interval: "1h" },
    ],
    rooms: [
      ...ROOMS.map((name) => ({ name, active_limit: 1, session: "60s" })),
      { name: "held", active_limit: 10, mode: "hold" },
    ],
    maintenance: [
      {
        pool: "closed",
        ...out,
        message: { en: "New machines.", "zh-CN": "更换设备。" },
        works: { en: "Codes." },
      },
    ],
    page: {
      brand: "Cloud Wallet",
      support_url: "tel:95588",
      status_url: "/.tidegate/status",
      account_path: "/transactions",
      status: { pools: { wallet: { en: "Payments", "zh-CN": "支付" }, closed: { en: "Savings" } } },
      ...page,
    },
  };
}

beforeAll(async () => {
  [browser, hk, hung] = await Promise.all([launchChromium(), startRegion("hk"), startRegion("sg")]);
  await hung.set({ fault: "hang" });
  edge = await startEdge({ config: await configured() });
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  expect(complaints).toEqual([]);
});
afterAll(() => browser.close());

/** A reader with one tab, in English unless told. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: "en", timezoneId: "Asia/Shanghai", ...options });
  contexts.push(context);
  await context.addInitScript(
    `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      console.error("violation of " + violatedDirective + " by " + blockedURI))`,
  );
  context.on("page", (page) => {
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const text = message.text();
      if (/Content.Security|violat/i.test(text)) complaints.push(text);
    });
  });
  const page = await context.newPage();
  await page.goto(edge.url + path);
  return page;
}

/** A program that is in, or in line. */
async function enter(room: string): Promise<RoomUser> {
  const user = new RoomUser([edge.url], { accept: "application/json" });
  await user.ask(`/echo/${room}/`);
  return user;
}

/** Makes room for the next. */
async function leave(user: RoomUser, room: string): Promise<void> {
  expect((await user.ask(`/.tidegate/queue/${room}/leave`, { method: "POST" })).status).toBe(204);
}

/** A form of the same host, on a page that never waits. */
async function submit(page: Page, action: string): Promise<void> {
  await page.goto(`${edge.url}/`);
  await page.evaluate(
    `document.body.innerHTML = '<form method="post" action="${action}"><button>pay</button></form>'`,
  );
  await page.getByRole("button", { name: "pay" }).click();
}

/** A page's source, asked for as no browser would. */
async function rawPage(path: string, headers: Record<string, string>): Promise<string> {
  const asking = request(edge.url, { path, headers });
  asking.end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return text(answer);
}

const { queued, failure } = WORDS.en;
const inLine = (page: Page) => page.getByRole("heading", { name: queued.title }).waitFor();
/** What the region got, as it tells it. */
const arrived = async (page: Page) => JSON.parse(String(await page.locator("body").textContent()));
const title = (page: Page, text: string) => page.getByRole("heading", { level: 1, name: text }).waitFor();

describe("a line at the real edge", () => {
  it("is joined and waited in, falls, and ends at the page that was asked for, in two tabs and after a reload", {
    timeout: 60_000,
  }, async () => {
    const inside = await enter("main");
    // Somebody who waits as a program does: who does not ask is not counted for long.
    const crowd = new Crowd({ urls: [edge.url], path: "/echo/main/" });
    const before = await crowd.join(0);
    const turn = crowd.wait(before);
    const path = "/echo/main/orders/7?to=8%2F9&q=%E4%BA%91";
    const page = await open(path);
    const asked: string[] = [];
    page.context().on("request", (request) => asked.push(request.url().slice(edge.url.length)));
    await inLine(page);
    expect(await page.locator("#count").textContent()).toBe("1");
    const tab = await page.context().newPage();
    await tab.goto(`${edge.url}/echo/main/other?tab=2`);
    await page.reload();
    for (const each of [page, tab]) expect(await each.locator("#position").textContent()).toBe("2");
    // The room itself knows of both.
    await expect.poll(async () => (await roomStatus(edge)).waiting, TURN).toBe(2);
    await leave(inside, "main");
    await turn;
    for (const each of [page, tab]) await each.locator("#first").waitFor(TURN);
    expect(await page.locator("#position").textContent()).toBe("1");
    expect((await crowd.send(before, "/.tidegate/queue/main/leave", "POST")).status).toBe(204);
    crowd.close();
    for (const each of [page, tab]) await expect.poll(() => each.locator("#waiting").count(), TURN).toBe(0);
    expect([page.url(), tab.url()]).toEqual([edge.url + path, `${edge.url}/echo/main/other?tab=2`]);
    expect(await arrived(page)).toMatchObject({ method: "GET" });
    expect(new Set(asked)).toEqual(new Set([path, "/echo/main/other?tab=2", "/.tidegate/queue/main"]));
    const names = (await page.context().cookies()).map(({ name }) => name.replace(/-[^-]+$/, ""));
    expect(names).toContain("__Host-tidegate-pass");
  });

  it("is looked at by a link without JavaScript, which in the end leads in", {
    timeout: 40_000,
  }, async () => {
    const inside = await enter("plain");
    const page = await open("/echo/plain/x?y=1", { javaScriptEnabled: false });
    await inLine(page);
    const check = page.getByRole("link", { name: queued.check });
    await check.click();
    await inLine(page);
    expect(await page.locator("#first").textContent()).toBe(queued.first);
    await leave(inside, "plain");
    await expect
      .poll(async () => {
        if (await check.isVisible()) await check.click();
        return check.count();
      }, TURN)
      .toBe(0);
    expect(page.url()).toBe(`${edge.url}/echo/plain/x?y=1`);
    expect(await page.locator("body").textContent()).toContain('"method":"GET"');
  });

  it("is left by a form without JavaScript, sent with a null origin and Fetch Metadata", async () => {
    const inside = await enter("quit");
    const page = await open("/echo/quit/x", { javaScriptEnabled: false });
    await page.getByText(WORDS.en.leave.title).click();
    const sending = page.waitForRequest("**/leave");
    await page.getByRole("button", { name: WORDS.en.leave.button }).click();
    const headers = await (await sending).allHeaders();
    expect([headers.origin, headers["sec-fetch-site"]]).toEqual(["null", "same-origin"]);
    await title(page, WORDS.en.leave.doneTitle);
    expect(await page.context().cookies()).toEqual([]);
    await leave(inside, "quit");
  });

  it("asks before anything is sent again: what was submitted reaches the region once, by the reader's hand", {
    timeout: 40_000,
  }, async () => {
    const inside = await enter("form");
    await hk?.resetCounts();
    const page = await open("/");
    const posts = async () => (await hk?.counts())?.byMethod.POST ?? 0;
    await submit(page, "/echo/form/pay");
    await inLine(page);
    await leave(inside, "form");
    await page.getByRole("heading", { name: queued.turn }).waitFor(TURN);
    expect(await posts()).toBe(0);
    await submit(page, "/echo/form/pay");
    await expect.poll(posts).toBe(1);
    expect(await arrived(page)).toMatchObject({ method: "POST" });
  });

  it("goes offline and back", async () => {
    const page = await open("/echo/held/x");
    await page.locator("#net[data-net=fine]").waitFor();
    await page.context().setOffline(true);
    await page.locator("#net[data-net=offline]").waitFor();
    expect(await page.locator("#place").isVisible()).toBe(true);
    const back = page.waitForResponse("**/.tidegate/queue/held", TURN);
    await page.context().setOffline(false);
    expect((await back).status()).toBe(200);
    await page.locator("#net[data-net=fine]").waitFor();
    expect(await page.locator("#stale").isVisible()).toBe(false);
  });

  it("is read in another language, and given up, by the keyboard alone", async () => {
    const page = await open("/echo/held/x?y=1");
    const walkTo = async (text: string) => {
      for (let steps = 0; steps < 40; steps += 1) {
        await page.keyboard.press("Tab");
        if ((await page.evaluate("document.activeElement.textContent.trim()")) === text) {
          return page.keyboard.press("Enter");
        }
      }
      throw new Error(`the keyboard does not reach ${text}`);
    };
    await walkTo("English");
    await walkTo(WORDS.fr.name);
    await page.waitForSelector("html[lang=fr]");
    expect(page.url()).toBe(`${edge.url}/echo/held/x?y=1`);
    await walkTo(WORDS.fr.leave.title);
    await walkTo(WORDS.fr.leave.button);
    await title(page, WORDS.fr.leave.doneTitle);
  });
});

describe("an answer that is none, at the real edge", () => {
  it("too many requests: counts down, then the button leads on", async () => {
    const page = await open("/echo/fast");
    await page.goto(`${edge.url}/echo/fast`);
    await title(page, WORDS.en.limited.title);
    const again = page.locator("#again");
    expect(await again.getAttribute("aria-disabled")).toBe("true");
    await page.locator("#now", { hasText: WORDS.en.again.now }).waitFor();
    await again.click();
    await expect.poll(() => page.locator("h1").count()).toBe(0);
    expect(await arrived(page)).toMatchObject({ method: "GET" });
  });

  it("maintenance, out of reach, too late, and unknown: each says what it is, and the last has no way to pay again", async () => {
    const page = await open("/closed");
    await title(page, WORDS.en.maintenance.title);
    expect(await page.locator("time").textContent()).toMatch(/^(?!.*UTC).*\d{1,2}:\d\d\s[AP]M$/u);
    await page.getByText("New machines.").waitFor();
    await page.getByText("Codes.").waitFor();
    for (const [path, status, words] of [
      ["/down", 502, failure.downTitle],
      ["/late", 504, failure.lateTitle],
    ] as const) {
      expect((await page.goto(edge.url + path))?.status()).toBe(status);
      await title(page, words);
      expect(await page.getByText(WORDS.en.nothingTaken).count()).toBe(0);
    }
    await hung?.resetCounts();
    await submit(page, "/late");
    await title(page, failure.unknownTitle);
    for (const text of [failure.stay, failure.look, failure.ask])
      await page.getByText(text).first().waitFor();
    await page
      .getByText(/^.*\d{1,2}:\d\d\s[AP]M\s*Reference for support: [0-9a-f]{32}-[0-9a-f]{8}$/)
      .waitFor();
    const ways = await page.locator("main a, main button").allTextContents();
    expect(ways).toEqual([failure.account]);
    expect(await page.getByRole("link", { name: failure.account }).getAttribute("href")).toBe(
      "/transactions",
    );
    expect((await hung?.counts())?.byMethod.POST).toBe(1);
  });

  it("the status page tells each part by its public name, and no origin", async () => {
    const page = await open("/.tidegate/status");
    await title(page, WORDS.en.links.status);
    expect(await page.locator("h2").allTextContents()).toEqual(["Payments", "Savings"]);
    expect(await page.content()).not.toMatch(/127\.0\.0\.1|\bhk\b|\bjp\b|wallet"/);
  });
});

/** Every kind of page that a GET can bring, with its status. */
const PAGES: Readonly<Record<string, number>> = {
  "/echo/held/x": 503,
  "/echo/none": 429,
  "/closed": 503,
  "/down": 502,
  "/late": 504,
  "/.tidegate/status": 200,
};
const openAll = 'document.querySelectorAll("details").forEach((details) => (details.open = true))';

describe("every page as the real edge sends it", () => {
  it("is in its language, in one small answer, and fits 320 and 1280 pixels", {
    timeout: 60_000,
  }, async () => {
    let most = 0;
    const rowsOf = async (language: string) => {
      const page = await open("/echo/none", { locale: language });
      const rows: unknown[] = [];
      for (const path of Object.keys(PAGES)) {
        const response = await page.goto(edge.url + path);
        const { responseBodySize: bytes = Number.NaN } = (await response?.request().sizes()) ?? {};
        most = Math.max(most, bytes);
        const headers = response?.headers() ?? {};
        const state = [headers["content-encoding"], headers["cache-control"], headers["referrer-policy"]];
        await page.evaluate(openAll);
        const over: unknown[] = [];
        for (const width of [320, 1_280]) {
          await page.setViewportSize({ width, height: 800 });
          over.push(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
        }
        const lang = await page.evaluate("document.documentElement.lang");
        rows.push([path, response?.status(), lang, ...state, bytes > 1_000 && bytes <= MOST_BYTES, ...over]);
      }
      return rows;
    };
    const found = (await Promise.all(LANGUAGES.map(rowsOf))).flat();
    expect(found).toEqual(
      LANGUAGES.flatMap((language) =>
        Object.entries(PAGES).map(([path, status]) => [
          ...[path, status, language, "gzip", "no-store", "no-referrer", true, 0, 0],
        ]),
      ),
    );
    console.info(`the largest page as sent: ${most} bytes`);
  });

  it("has nothing in it of a hostile host, path, query or header", async () => {
    for (const hostile of HOSTILE) {
      const plain = hostile.replaceAll(/[^\x20-\x7e]/g, "");
      const headers = Object.fromEntries(
        ["host", "referer", "user-agent", "x-forwarded-host", "x-app-version", "accept-language"].map(
          (name) => [name, plain],
        ),
      );
      for (const path of ["/echo/held/", "/echo/none?"]) {
        const target = `${path}${encodeURIComponent(hostile)}&${encodeURI(plain)}`;
        const html = await rawPage(target, { ...headers, accept: "text/html" });
        expect(html).toMatch(/^(?:<!doctype html>|\{"type")/);
        expect([target, /pwned|evil|constructor/.exec(html)]).toEqual([target, null]);
      }
    }
  });

  it("has nothing that axe-core minds, in both schemes", { timeout: 60_000 }, async () => {
    const page = await open("/");
    await page.addInitScript(axe);
    const check = async (name: string) => {
      await page.evaluate(openAll);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const found = await page.evaluate(
          `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id }) => id))`,
        );
        expect([name, colorScheme, found]).toEqual([name, colorScheme, []]);
      }
    };
    for (const path of Object.keys(PAGES)) {
      await page.goto(edge.url + path);
      await check(path);
    }
    for (const action of ["/late", "/echo/held/x"]) {
      await submit(page, action);
      await page.locator("h1").waitFor();
      await check(`POST ${action}`);
    }
  });
});

describe("a template's file", () => {
  it("is checked and applied by the real commands, and frames the pages of the running edge", async () => {
    const file = join(dirname(edge.configFile), "page.html");
    const check = () => run(process.execPath, ["scripts/tidegate.js", "check", edge.configFile]);
    await edge.writeConfig(await configured({ template: "page.html" }));
    await writeFile(file, TEMPLATE.replace("{{content}}", ""));
    for (const refused of [await check(), await edge.cli("apply", edge.configFile, "--yes")]) {
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/page\.html: TG2110 page\.template: expected the slot \{\{content\}\} once/),
      ]);
    }
    await writeFile(file, TEMPLATE.replace("<main>", "<p>Harbour</p><main>"));
    const applied = await edge.cli("apply", edge.configFile, "--yes");
    expect(applied.code, applied.stderr).toBe(0);
    const page = await open("/echo/held/x");
    await page.getByText("Harbour").waitFor();
    await inLine(page);
  });
});
