// An operator's work on the dashboard: sign in, move a weight and see it arrive, drain, undo; by eye, keyboard and reader.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { paced } from "../support/load.ts";
import { type Opened, openDashboard, signIn } from "../support/operator-page.ts";
import { startRegions } from "../support/region.ts";
import { launchChromium } from "./chromium.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const START_MS = 60_000;
const TEST_MS = 60_000;
/** The measured share is of two seconds and up, which a loaded machine may stretch. */
const FOLLOW_MS = 30_000;

let edge: Edge;
let browser: Browser;
let opened: Opened[] = [];
const traffic = new AbortController();
let driving: Promise<unknown>;

beforeAll(async () => {
  const regions = await startRegions("hk", "sg", "fra");
  const origins = regions.map(({ name, url }, index) => ({ name, url, weight: [50, 30, 20][index] ?? 0 }));
  edge = await startEdge({
    edges: 2,
    config: walletConfig(origins, {
      routes: [{ path: "/*", pool: "wallet", limits: ["everybody"] }],
      limits: [{ name: "everybody", key: "all", capacity: 100_000, refill: 100_000, interval: "1s" }],
      rooms: [
        { name: "main", active_limit: 30, admit_per_minute: 60 },
        { name: "hall", active_limit: 1_200_000 },
      ],
    }),
  });
  browser = await launchChromium();
  driving = paced({
    urls: edge.urls,
    ratePerSecond: 40,
    durationMs: 600_000,
    signal: traffic.signal,
    shot: () => ({ path: "/api/balance" }),
  });
}, START_MS);

afterEach(async () => {
  const complaints = opened.flatMap((one) => one.complaints);
  await Promise.all(opened.map(({ page }) => page.context().close()));
  opened = [];
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  traffic.abort();
  await driving;
  await browser.close();
});

async function visit(options?: BrowserContextOptions): Promise<Page> {
  const one = await openDashboard(browser, edge, options);
  opened.push(one);
  return one.page;
}

async function signedIn(options?: BrowserContextOptions): Promise<Page> {
  const page = await visit(options);
  await signIn(page, edge.token);
  await page.getByRole("heading", { name: "Audit" }).waitFor();
  return page;
}

async function violations(page: Page): Promise<unknown> {
  await page.evaluate(axe);
  return page.evaluate(
    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 120)).join(" | ")))`,
  );
}

const measured = async (page: Page, origin: string) =>
  Number.parseFloat((await page.locator(`[data-share="${origin}"]`).textContent()) ?? "");

/** The open dialog: waits for what the change would do, says why, and applies it. */
async function apply(page: Page, reason: string): Promise<string> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason, for the audit").fill(reason);
  const button = dialog.getByRole("button", { name: "Apply" });
  await expect.poll(() => button.isEnabled()).toBe(true);
  const preview = (await dialog.getByRole("status").textContent()) ?? "";
  await button.click();
  await dialog.waitFor({ state: "detached" });
  return preview;
}

describe("signing in", () => {
  it("tells a wrong token from nothing else, and leaves nothing behind after signing out", async () => {
    const page = await visit();
    expect(await page.title()).toBe("Sign in");
    await signIn(page, "wrong");
    await page.getByRole("alert").getByText("That did not work. Check the token.").waitFor();
    expect(await page.locator("body").textContent()).not.toMatch(/tidegate|wallet|version/i);
    await signIn(page, edge.token);
    await page.getByRole("heading", { name: "Tidegate" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Access token").waitFor();
    expect(await page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]")).toEqual([
      0,
      0,
      "",
    ]);
  });

  it(
    "shows who may only look no button that changes something, and is over with the token, also after a reload",
    async () => {
      const made = await edge.cli("token", "add", "mei", "--role", "viewer", "--json");
      const { secret } = JSON.parse(made.stdout) as { secret: string };
      const [page, other] = [await visit(), await visit()];
      for (const one of [page, other]) {
        await signIn(one, secret);
        await one.getByText("mei (viewer: may look, not change)").waitFor();
        await one.getByRole("heading", { name: "Audit" }).waitFor();
      }
      const buttons = await page.getByRole("button").allTextContents();
      expect(buttons).toEqual(["Sign out"]);
      await other.route("**/admin/api/**", (route) => route.abort());
      await other.reload();
      await other.getByRole("alert").getByText("Your token is kept: load this page again.").waitFor();
      await other.unroute("**/admin/api/**");
      expect((await edge.cli("token", "revoke", "mei", "--yes")).code).toBe(0);
      await page.getByRole("alert").getByText("Your token is not valid any more.").waitFor();
      await other.reload();
      await other.getByRole("alert").getByText("Your token is not valid any more.").waitFor();
      expect(await other.evaluate("sessionStorage.length")).toBe(0);
    },
    TEST_MS,
  );
});

describe("weights by slider", () => {
  it(
    "show how many users move before they do, arrive in the measured share, and are undone",
    async () => {
      const page = await signedIn();
      await page.getByRole("button", { name: "Weights of wallet…" }).click();
      await page.getByRole("dialog").getByLabel("hk", { exact: true }).fill("0");
      await page.getByRole("dialog").getByText("50.00 %").waitFor();
      const preview = await apply(page, "hk is slow");
      const appliedAtMs = Date.now();
      expect(preview).toContain("50.00 % of the users of wallet move to another region.");
      expect(preview).toContain("hk: 50.0 % → 0.0 %");
      await expect.poll(() => measured(page, "hk"), { timeout: FOLLOW_MS, interval: 200 }).toBeLessThan(5);
      console.log(`from the slider to the measured share: ${Date.now() - appliedAtMs} ms`);

      await page.getByRole("button", { name: "Undo…" }).click();
      await apply(page, "it was the network");
      await expect
        .poll(() => measured(page, "hk"), { timeout: FOLLOW_MS, interval: 200 })
        .toBeGreaterThan(45);
      const audit = page.getByRole("region", { name: "Audit records" });
      await audit.getByText("hk is slow").waitFor();
      await audit.getByText("it was the network").waitFor();
    },
    2 * FOLLOW_MS + TEST_MS,
  );

  it(
    "are not applied over what another operator did meanwhile",
    async () => {
      const page = await signedIn();
      await page.getByRole("button", { name: "Weights of wallet…" }).click();
      await edge.cli("weights", "wallet", "sg=31", "--yes");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("fra", { exact: true }).fill("21");
      await dialog.getByText("Somebody else has changed something").waitFor();
      expect(await dialog.getByRole("button", { name: "Apply" }).isEnabled()).toBe(false);
      await dialog.getByRole("button", { name: "Look again" }).click();
      await apply(page, "fra has room");
    },
    TEST_MS,
  );
});

describe("the service of a region", () => {
  it(
    "is drained and brought back, with the state and its reason on the screen",
    async () => {
      const page = await signedIn();
      await page.getByRole("button", { name: "Drain fra" }).click();
      await apply(page, "disks");
      await page.getByLabel("State now").getByText("wallet / fra is draining").waitFor();
      expect(await page.title()).toBe("(1) Tidegate");
      await page.getByRole("button", { name: "Undrain fra" }).click();
      await apply(page, "disks are new");
      await page.getByLabel("State now").getByText("every region is healthy").waitFor();
    },
    TEST_MS,
  );
});

describe("rooms, maintenance and announcements", () => {
  it(
    "are changed from the screen",
    async () => {
      const page = await signedIn();
      await page.getByRole("button", { name: "Change room main…" }).click();
      await page.getByLabel("Mode").selectOption("hold");
      await apply(page, "too many");
      await page.getByLabel("State now").getByText("room main holds everybody").waitFor();
      await page.getByRole("button", { name: "Room main by the file again" }).click();
      await apply(page, "enough");

      await page.getByRole("button", { name: "Plan maintenance…" }).click();
      await page.getByLabel("Region", { exact: true }).selectOption("fra");
      await apply(page, "new disks");
      await page.getByRole("region", { name: "Maintenance" }).getByText("wallet / fra").waitFor();

      await page.getByRole("button", { name: "Announce…" }).click();
      await page.getByLabel("English").fill("<b>Busy</b> until six");
      await apply(page, "people ask");
      await page.getByText("<b>Busy</b> until six").first().waitFor();
    },
    TEST_MS,
  );
});

describe("a room", () => {
  it(
    "tells large numbers as people write them, and no pace where none is set",
    async () => {
      const page = await signedIn();
      const figure = (name: string, room: string) =>
        page
          .locator(".pool", { has: page.getByRole("heading", { name: room, exact: true }) })
          .locator("div", { has: page.getByText(name, { exact: true }) })
          .locator("dd")
          .last()
          .textContent();
      expect(await figure("Active / limit", "hall")).toBe("0 / 1,200,000");
      expect(await figure("Admitted a minute", "hall")).toBe("0");
      expect(await figure("Admitted a minute", "main")).toBe("0 of 60");
    },
    TEST_MS,
  );
});

describe("the screen", () => {
  it.each([
    ["a desk, light", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
    ["a desk, dark", { colorScheme: "dark", viewport: { width: 1280, height: 900 } }],
    ["a phone", { colorScheme: "light", viewport: { width: 320, height: 700 } }],
  ] as const)(
    "has no violation that axe-core knows and does not scroll sideways: %s",
    async (_, options) => {
      const page = await visit(options);
      expect(await violations(page)).toEqual([]);
      await signIn(page, edge.token);
      await page.getByRole("heading", { name: "Audit" }).waitFor();
      await page.getByText("bundle", { exact: false }).last().waitFor();
      expect(await violations(page)).toEqual([]);
      const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await page.evaluate(overflow)).toBe(0);
      await page.getByRole("button", { name: "Weights of wallet…" }).click();
      await page.getByRole("dialog").waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(overflow)).toBe(0);
    },
    TEST_MS,
  );

  it(
    "is worked by the keyboard: a dialog takes the focus, Escape closes it and gives the focus back",
    async () => {
      const page = await signedIn();
      const weights = page.getByRole("button", { name: "Weights of wallet…" });
      await weights.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      const inDialog = `document.querySelector("dialog").contains(document.activeElement)`;
      expect(await page.evaluate(inDialog)).toBe(true);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await weights.evaluate((button) => button.ownerDocument.activeElement === button)).toBe(true);
    },
    TEST_MS,
  );

  it(
    "keeps its elements while figures change, so that nobody loses a place",
    async () => {
      const page = await signedIn();
      await page.evaluate(`document.querySelector("[data-share=hk]").mark = true`);
      await page.getByRole("button", { name: "Drain sg" }).focus();
      const asked = page.waitForResponse((response) => response.url().includes("/series"));
      await asked;
      await page.waitForResponse((response) => response.url().includes("/series"));
      expect(await page.evaluate(`document.querySelector("[data-share=hk]").mark`)).toBe(true);
      expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Drain sg");
    },
    TEST_MS,
  );

  it(
    "says so when the edge is gone, and is live again when it is back",
    async () => {
      const page = await signedIn();
      await page.route("**/admin/api/**", (route) => route.abort());
      await page.getByText("The edge cannot be reached.").waitFor();
      expect(await page.title()).toMatch(/^\(!\)/);
      await page.getByText(/^Not live. These are the figures of \d\d:\d\d:\d\d\.$/).waitFor();
      await page.unroute("**/admin/api/**");
      await page.getByText("live", { exact: true }).waitFor();
      expect(await page.title()).not.toContain("!");
    },
    TEST_MS,
  );
});
