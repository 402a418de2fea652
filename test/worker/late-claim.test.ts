// A claim that takes longer than its user waits: what the Room holds then, and what the user gets by asking again.
import { describe, expect, it } from "vitest";
import { type Asked, newRoomEdge, showing } from "./room-edge.ts";

/** Longer than a second, after which a claim is given up. */
const LATE_MS = 1600;
/** Twice the poll that whoever was told nothing is told to wait: the window is never shorter. */
const WINDOW_MS = 10_000;

/** Somebody waits, whose turn comes while claims are answered late. */
async function lateTurn(more: Record<string, string | number> = {}) {
  const edge = await newRoomEdge({ active_limit: 1, claim_window: "2s", ...more });
  const ann = await edge.ask();
  const bob = await edge.ask();
  expect([ann.status, bob.status]).toEqual([200, 503]);
  const poll = (one: Asked) => edge.ask(showing(one), "/.tidegate/queue/main");
  edge.rooms.late = { method: "claim", byMs: LATE_MS };
  await edge.ask(showing(ann), "/.tidegate/queue/main/leave", "POST");
  const claims = () => edge.rooms.calls.filter((call) => call === "claim").length;
  await expect
    .poll(
      async () => {
        const told = await poll(bob);
        // Not one of these is told of a slot.
        expect(told.json.state).toBe("waiting");
        return claims() > 0 && (await edge.rooms.room("main").view()).active;
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(1);
  edge.rooms.late = undefined;
  return { edge, bob, poll };
}

describe("a slot of a claim that was answered late", { timeout: 90_000 }, () => {
  it("is the user's who asks again, and one slot", async () => {
    const { edge, bob, poll } = await lateTurn();
    await edge.settled();
    await expect
      .poll(async () => (await poll(bob)).json.state, { timeout: 8000, interval: 300 })
      .toBe("admitted");
    const again = await poll(bob);
    expect(again.json.state).toBe("admitted");
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 1, free: 0 });
    // Told of now, it is held for a session and not for a window.
    await scheduler.wait(WINDOW_MS + 500);
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 1 });
    expect((await edge.ask(showing(again))).status).toBe(200);
  });

  it("is free after a claim window when the user does not, and who comes then has it", async () => {
    const { edge, bob, poll } = await lateTurn();
    await edge.settled();
    expect(edge.rooms.calls).toContain("unclaim");
    await scheduler.wait(WINDOW_MS + 500);
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 0 });
    await expect
      .poll(async () => (await poll(bob)).json.state, { timeout: 10_000, interval: 300 })
      .toBe("admitted");
  });
});
