/** Which tickets an address holds: counted from their issue until they end, whatever the order in which that is told. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HeldTable } from "../../src/control/held-table.ts";
import { decideHold, holderOf, holdMs, isHoldDue, refusedRetryMs } from "../../src/policy/held-ticket.ts";
import { sqliteInMemory } from "../support/sqlite.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("for how long a ticket counts that is not heard of", () => {
  it("is a twenty-fourth of its life, ten minutes at least, and no longer than it lives", () => {
    expect([24 * HOUR, 168 * HOUR, HOUR, 5 * MINUTE].map(holdMs)).toEqual([
      HOUR,
      7 * HOUR,
      10 * MINUTE,
      5 * MINUTE,
    ]);
  });

  it("is told anew once half of it is over, so that two calls an hour carry a ticket that polls", () => {
    const hold = { owner: "a", untilSeconds: HOUR / 1000 };
    expect(isHoldDue(hold, 24 * HOUR, 0)).toBe(false);
    expect(isHoldDue(hold, 24 * HOUR, 30 * MINUTE)).toBe(false);
    expect(isHoldDue(hold, 24 * HOUR, 30 * MINUTE + 1)).toBe(true);
    expect(isHoldDue({ owner: "a", untilSeconds: 0 }, 24 * HOUR, HOUR)).toBe(true);
  });
});

describe("whose a ticket is", () => {
  it("is the address that took it, though it is shown from another", () => {
    const hold = { owner: "home", untilSeconds: 5 };
    expect(holderOf(hold, ["mobile"])).toBe(hold);
    expect(holderOf(undefined, ["home"])).toEqual({ owner: "home", untilSeconds: 0 });
  });

  it("is counted where new tickets are once the secret was changed", () => {
    const hold = { owner: "under the old secret", untilSeconds: 5 };
    expect(holderOf(hold, ["under the new one", "under the old secret"])).toEqual({
      owner: "under the new one",
      untilSeconds: 0,
    });
  });
});

describe("a refused address", () => {
  it("asks again when the first of its tickets may be forgotten, within a minute", () => {
    expect([-5, 0, 5000, HOUR].map(refusedRetryMs)).toEqual([1, 1, 5000, MINUTE]);
  });
});

describe("one more ticket", () => {
  const known = { count: 2, isAmong: false, isOver: false, most: 2 };
  it("is refused where there are as many as there may be, unless it is there already", () => {
    expect(decideHold(known)).toBe("refuse");
    expect(decideHold({ ...known, most: 3 })).toBe("count");
    expect(decideHold({ ...known, isAmong: true })).toBe("count");
    expect(decideHold({ ...known, most: undefined })).toBe("count");
    expect(decideHold({ ...known, isOver: true })).toBe("pass-over");
  });
});

describe("the tickets of an address", () => {
  let sql: ReturnType<typeof sqliteInMemory>;
  let table: HeldTable;
  beforeEach(() => {
    sql = sqliteInMemory();
    table = new HeldTable(sql as unknown as ConstructorParameters<typeof HeldTable>[0]);
  });
  afterEach(() => sql.close());

  const ticket = (ticketId: string, owner = "a", room = "main") => ({ room, owner, ticketId });

  it("are as many as it may have, and one more when one of them ends", () => {
    expect(table.hold(ticket("1"), 2, 100, 0)).toEqual({ kind: "held" });
    expect(table.hold(ticket("2"), 2, 50, 0)).toEqual({ kind: "held" });
    expect(table.hold(ticket("3"), 2, 100, 0)).toEqual({ kind: "full", freeAtMs: 50 });
    expect(table.hold(ticket("3", "b"), 2, 100, 0)).toEqual({ kind: "held" });
    expect(table.hold(ticket("3", "a", "other"), 2, 100, 0)).toEqual({ kind: "held" });
    table.letGo(ticket("1"), 1);
    expect(table.hold(ticket("3"), 2, 100, 1)).toEqual({ kind: "held" });
    expect(table.hold(ticket("4"), 2, 100, 49)).toMatchObject({ kind: "full" });
    expect(table.hold(ticket("4"), 2, 100, 50)).toEqual({ kind: "held" });
  });

  it("do not come back when an end was told before what came before it", () => {
    table.letGo(ticket("1"), 0);
    expect(table.hold(ticket("1"), undefined, 100, 5)).toEqual({ kind: "held" });
    expect(table.hold(ticket("2"), 1, 100, 5)).toEqual({ kind: "held" });
  });

  it("leave nothing behind when all are over", () => {
    table.hold(ticket("1"), 2, 100, 0);
    table.hold(ticket("2", "b"), 2, 200, 0);
    table.letGo(ticket("2", "b"), 0);
    expect(table.sweep(50)).toBe(100);
    expect(table.sweep(100)).toBe(MINUTE);
    expect(table.sweep(MINUTE)).toBeUndefined();
    for (const name of ["held", "held_counts", "held_over"]) {
      expect(sql.exec(`SELECT * FROM ${name}`).toArray()).toEqual([]);
    }
  });

  it("are what a list of them says, after whatever is told in whatever order", () => {
    const act = fc.record({
      what: fc.constantFrom("take", "keep", "let go", "sweep"),
      id: fc.constantFrom("1", "2", "3", "4", "5"),
      owner: fc.constantFrom("a", "b"),
      forMs: fc.integer({ min: 1, max: 60 }),
      waitMs: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (acts, most) => {
        const memory = sqliteInMemory();
        const real = new HeldTable(memory as unknown as ConstructorParameters<typeof HeldTable>[0]);
        const ends = new Map<string, number>();
        const over = new Set<string>();
        let nowMs = 0;
        for (const { what, id, owner, forMs, waitMs } of acts) {
          nowMs += waitMs;
          const key = `${owner} ${id}`;
          for (const [other, endMs] of ends) if (endMs <= nowMs) ends.delete(other);
          const held = [...ends.keys()].filter((other) => other.startsWith(owner));
          if (what === "sweep") real.sweep(nowMs);
          else if (what === "let go") {
            real.letGo(ticket(id, owner), nowMs);
            ends.delete(key);
            over.add(id);
          } else {
            const cap = what === "take" ? most : undefined;
            const isRefused = cap !== undefined && !over.has(id) && !ends.has(key) && held.length >= cap;
            expect(real.hold(ticket(id, owner), cap, nowMs + forMs, nowMs).kind).toBe(
              isRefused ? "full" : "held",
            );
            if (!isRefused && !over.has(id)) ends.set(key, Math.max(ends.get(key) ?? 0, nowMs + forMs));
          }
          // What a join goes by is what a count of all would say.
          const count = memory
            .exec<{ count: number }>("SELECT count FROM held_counts WHERE owner = ?", owner)
            .toArray()[0]?.count;
          const rows = memory.exec("SELECT 1 FROM held WHERE owner = ?", owner).toArray().length;
          expect(count ?? 0).toBe(rows);
        }
        memory.close();
      }),
    );
  });
});
