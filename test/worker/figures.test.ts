// What Control counts for itself: over restarts, never back, and of rooms only what they tell anew.
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { Figures } from "../../src/control/figures.ts";
import { newControl } from "./support.ts";

const LATE = 'tidegate_requests_total{route="/*",decision="proxied",code="2xx"}';
const GONE = 'tidegate_room_abandoned_total{room="main",how="vanished"}';
const view = (vanished: number) =>
  new Map([
    [
      "main",
      { kind: "seen" as const, view: { waiting: 0, active: 0, leased: 0, free: 5, limit: 5, vanished } },
    ],
  ]);

describe("counters", () => {
  it("that were shown are there after a crash, and so are those of a quiet time after two seconds", async () => {
    const control = newControl();
    await runInDurableObject(control, (_, { storage }) => {
      const figures = new Figures(storage.sql);
      figures.add({ [LATE]: 3 }, Date.now());
      expect(figures.totals()).toMatchObject({ [LATE]: 3 });
      // As another object would find them: whatever is only in memory is lost.
      expect(new Figures(storage.sql).totals()).toMatchObject({ [LATE]: 3 });
      figures.add({ [LATE]: 4 }, Date.now());
    });
    const kept = () =>
      runInDurableObject(control, (_, { storage }) => new Figures(storage.sql).totals()[LATE]);
    await expect.poll(kept, { timeout: 10_000, interval: 200 }).toBe(7);
  });

  it("of more series than a row holds are all there", async () => {
    await runInDurableObject(newControl(), (_, { storage }) => {
      const many = Object.fromEntries(
        Array.from({ length: 700 }, (__, index) => [`series_${index}`, index + 1]),
      );
      const figures = new Figures(storage.sql);
      figures.add(many, Date.now());
      figures.totals();
      expect(new Figures(storage.sql).totals()).toEqual(many);
      expect(storage.sql.exec("SELECT number FROM counter_rows").toArray()).toHaveLength(3);
    });
  });

  it("of a release that kept a row for each are taken over, once", async () => {
    await runInDurableObject(newControl(), (_, { storage }) => {
      storage.sql.exec("CREATE TABLE counters (series TEXT PRIMARY KEY, total REAL NOT NULL) WITHOUT ROWID");
      storage.sql.exec("INSERT INTO counters VALUES (?, 5)", LATE);
      expect(new Figures(storage.sql).totals()).toEqual({ [LATE]: 5 });
      expect(new Figures(storage.sql).totals()).toEqual({ [LATE]: 5 });
    });
  });
});

describe("people who vanished from a line", () => {
  it("count from the first look on, and on when the room begins anew", async () => {
    await runInDurableObject(newControl(), (_, { storage }) => {
      const figures = new Figures(storage.sql);
      for (const vanished of [40, 42, 42, 3, 5]) figures.noteRooms(view(vanished), Date.now());
      expect(figures.totals()).toEqual({ [GONE]: 4 });
    });
  });
});
