// The waiting page in a real browser: the place falls, the turn comes, nothing is asked too often or sent twice.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { look, useSetting } from "./setting.ts";

const setting = useSetting();
const ahead = (page: Page, people: string) =>
  page.locator("#count", { hasText: new RegExp(`^${people}$`) }).waitFor();
const progress = async (page: Page) => {
  const bar = page.locator("#bar");
  return [await bar.getAttribute("value"), await bar.getAttribute("max")];
};

describe("waiting for a page", () => {
  it("shows the place falling, and goes on by itself to the page that was asked for", async () => {
    const { room } = setting;
    const page = await setting.open("/pay?to=7");
    expect(await page.locator("#ahead").textContent()).toMatch(/People ahead of you:\s+11/);
    expect(await page.title()).toBe("People ahead of you: 11");
    room.move({ position: 5, ahead: 4, waiting: 20 });
    await ahead(page, "4");
    expect(await progress(page)).toEqual(["7", "12"]);
    expect(await page.locator("#busy").textContent()).toContain("People waiting: 20.");
    room.kind = "admitted";
    await page.getByRole("heading", { name: "welcome" }).waitFor();
    expect(page.url()).toBe(`${room.origin}/pay?to=7`);
    expect(room.served).toEqual(["GET /pay"]);
    // Nothing but the page and polls.
    expect(new Set(room.asked)).toEqual(new Set(["GET /pay?to=7", "GET /.tidegate/queue/main"]));
  });

  it("keeps the progress over a reload, and begins anew with another place", async () => {
    const { room } = setting;
    const page = await setting.open("/pay");
    room.move({ position: 6, ahead: 5 });
    await page.reload();
    expect(await progress(page)).toEqual(["6", "12"]);
    room.move({ position: 3, ahead: 2, joinedAt: "2026-11-26T08:00:00Z" });
    await page.reload();
    expect(await progress(page)).toEqual(["0", "3"]);
  });

  it("is let in at two tabs", async () => {
    const { room } = setting;
    const page = await setting.open("/pay");
    const second = await page.context().newPage();
    await second.goto(`${room.origin}/other`);
    room.kind = "admitted";
    await Promise.all([page, second].map((tab) => tab.getByRole("heading", { name: "welcome" }).waitFor()));
    expect([...room.served].sort()).toEqual(["GET /other", "GET /pay"]);
  });

  it("does not go round in circles where the browser keeps no pass", async () => {
    const { room } = setting;
    const page = await setting.open("/pay", { clock: true });
    const admitOnly = async () => {
      room.kind = "admitted";
      await page.clock.runFor(2_000);
    };
    await page.route("**/pay", (route) => {
      room.kind = "line";
      return route.continue();
    });
    // The page that it goes on to looks the same as the one before.
    const wentOn = page.waitForEvent("load");
    await admitOnly();
    await wentOn;
    await page.getByRole("heading", { name: "The system is busy" }).waitFor();
    await admitOnly();
    await page.getByRole("link", { name: "Go on" }).waitFor();
    expect(room.asked.filter((line) => line === "GET /pay")).toHaveLength(2);
  });

  it("says who is next, and tells the wait by the reader's own clock", async () => {
    setting.room.move({ position: 1, ahead: 0, estimatedWaitSeconds: { low: 60, high: 120 } });
    const page = await setting.open("/pay");
    expect(await page.locator("#first").textContent()).toBe("You are next");
    expect(await page.locator("#clock").textContent()).toMatch(/^around \d{1,2}:\d\d/);
    expect(await page.locator("#keptUntil").textContent()).toMatch(/^Kept until .*\d{1,2}:\d\d [AP]M\.$/u);
    expect(await page.locator("#keptUntil").textContent()).not.toContain("UTC");
  });

  it("stops when its place is gone, and says how to get a new one", async () => {
    const { room } = setting;
    const page = await setting.open("/pay", { clock: true });
    room.kind = "lost";
    await page.clock.runFor(2_000);
    await page.getByRole("link", { name: "Join the line again" }).waitFor();
    const { polls } = room;
    await page.clock.runFor(600_000);
    await page.clock.resume();
    await page.evaluate('dispatchEvent(new Event("online"))');
    expect(room.polls).toBe(polls);
  });

  it("gives the place up only after two deliberate steps", async () => {
    const page = await setting.open("/pay");
    const leave = page.getByRole("button", { name: "Give up my place and leave" });
    expect(await leave.isVisible()).toBe(false);
    await page.getByText("Leave the line").click();
    await leave.click();
    await page.getByRole("heading", { name: "You have left the line" }).waitFor();
    expect(setting.room.asked).toContain("POST /.tidegate/queue/main/leave");
  });
});

describe("waiting with something submitted", () => {
  it("asks first, and never sends it again", async () => {
    const { room } = setting;
    const page = await setting.open("/form");
    await page.getByRole("button", { name: "pay" }).click();
    await page.getByText("go back and submit once more: this page never does it for you").waitFor();
    room.kind = "admitted";
    await page.getByRole("heading", { name: "It is your turn" }).waitFor();
    // Nobody gives up what has come by a slip of the finger, or reads that the line goes on.
    for (const part of ["#leaving", "#help"]) expect(await page.locator(part).isVisible()).toBe(false);
    expect(room.asked.filter((line) => line.endsWith(" /pay"))).toEqual(["POST /pay"]);
    expect(room.served).toEqual([]);
    await page.getByRole("button", { name: "Go back" }).click();
    await page.waitForURL("**/form");
    await page.getByRole("button", { name: "pay" }).click();
    await page.getByRole("heading", { name: "welcome" }).waitFor();
    expect(room.served).toEqual(["POST /pay"]);
  });

  it("is read in another language without being asked for again", async () => {
    const page = await setting.open("/form");
    await page.getByRole("button", { name: "pay" }).click();
    await page.getByText("English").click();
    await page.getByText("简体中文").click();
    await page.getByText("系统繁忙，您正在排队").waitFor();
    expect(setting.room.asked.filter((line) => line.endsWith(" /pay"))).toEqual(["POST /pay"]);
  });
});

describe("how often the page asks", () => {
  it("has one question on its way at most", async () => {
    const { room } = setting;
    const page = await setting.open("/pay", { clock: true });
    // Longer than anything here takes: an answer in between would allow the next question.
    room.pollMs = 20_000;
    const asked = page.waitForRequest("**/queue/main");
    await page.clock.runFor(2_000);
    await asked;
    for (const event of ["online", "pageshow"]) await page.evaluate(`dispatchEvent(new Event("${event}"))`);
    await page.clock.runFor(10_000);
    await expect.poll(() => room.polls).toBe(1);
    expect(room.mostInFlight).toBe(1);
  });

  it("asks nothing while nobody looks, and at once when somebody does, be it the next morning", async () => {
    const { room } = setting;
    const page = await setting.open("/pay", { clock: true });
    await look(page, false);
    await page.clock.runFor(60_000);
    await page.clock.fastForward(9 * 3_600_000);
    expect(room.polls).toBe(0);
    room.move({ position: 2, ahead: 1 });
    await look(page, true);
    await ahead(page, "1");
    expect(room.polls).toBe(1);
  });

  it("goes offline and back: it says so, keeps the place shown, and asks as soon as it can", async () => {
    const { room } = setting;
    const page = await setting.open("/pay");
    await page.context().setOffline(true);
    await page.locator("#net[data-net=offline]").waitFor();
    expect(await page.locator("#net").textContent()).toContain("You are offline. Your place is kept");
    await page.locator("#stale").waitFor();
    expect(await page.locator("#count").textContent()).toBe("11");
    room.move({ position: 3, ahead: 2 });
    await page.context().setOffline(false);
    await ahead(page, "2");
    expect(await page.locator("#net").getAttribute("data-net")).toBe("fine");
    expect(await page.locator("#stale").isVisible()).toBe(false);
  });

  it("asks less and less often while it gets no answer", async () => {
    const { room } = setting;
    room.kind = "broken";
    const page = await setting.open("/pay", { clock: true });
    await page.clock.runFor(2_000);
    await page.locator("#stale").waitFor();
    // 2 s of pace would be 30 questions.
    for (let second = 0; second < 60; second += 1) await page.clock.runFor(1_000);
    expect(room.polls).toBeGreaterThan(1);
    expect(room.polls).toBeLessThan(8);
  });
});

describe("is it me, or the bank?", () => {
  it("measures its own questions: a slow network is called slow", async () => {
    const { room } = setting;
    room.pollMs = 1_700;
    room.move({ pollAfterSeconds: 1 });
    const page = await setting.open("/pay");
    await page.locator("#net[data-net=fine]").waitFor();
    await page.locator("#net[data-net=slow]").waitFor({ timeout: 10_000 });
    expect(await page.locator("#net").textContent()).toMatch(
      /Your network is slow \(round trip 1\.\d seconds\)/,
    );
  });
});
