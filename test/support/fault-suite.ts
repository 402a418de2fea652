// Runs a part of the fault matrix: what clients got and origins counted is gathered first, then each cell is one test.
import { describe, expect, it } from "vitest";
import { type Asked, answersTo, paymentId } from "./fault-exchange.ts";
import type { FaultOrigins } from "./fault-origins.ts";
import { type Cell, deviations, idOf, type Must, type Seen } from "./fault-table.ts";
import { contradictionOf } from "./payment.ts";

declare module "vitest" {
  interface TaskMeta {
    /** For `npm run faults`, which writes it into the page. */
    cell?: { id: string; seen: readonly Seen[] };
  }
}

/** What was sent for cells, kept until the origins are asked what they counted. */
export class Gathering {
  readonly #told = new Map<string, string[]>();
  #seen = new Map<string, readonly Seen[]>();
  #lies = new Map<string, readonly string[]>();

  /** A user of a cell asks; all of it at once, and may be called several times. */
  async ask(
    cell: Pick<Cell, "fault" | "exchange" | "reach">,
    { who, requests }: Pick<Must, "who" | "requests">,
    how: Omit<Asked, "exchange" | "user" | "requests" | "from">,
  ): Promise<void> {
    const user = userOf(cell, who);
    const told = this.#told.get(user) ?? [];
    this.#told.set(user, told);
    const from = told.length;
    told.push(...(await answersTo({ ...how, exchange: cell.exchange, user, requests, from })));
  }

  async count(cells: readonly Cell[], origins: FaultOrigins): Promise<void> {
    const { byUser, byPayment } = await origins.counted();
    for (const cell of cells) {
      const lies: string[] = [];
      const seen = cell.musts.map(({ who }): Seen => {
        const user = userOf(cell, who);
        const told = this.#told.get(user) ?? [];
        if (cell.exchange === "POST") {
          const found = told.map((word, index) =>
            contradictionOf(word, byPayment.get(paymentId(user, index)) ?? 0, cell.mayBeCut),
          );
          lies.push(...found.flatMap((lie) => lie ?? []));
        }
        return { who, answers: tally(told), counted: byUser.get(user) ?? 0 };
      });
      this.#seen.set(idOf(cell), seen);
      this.#lies.set(idOf(cell), lies);
    }
  }

  /** A test for each cell. */
  describe(name: string, cells: readonly Cell[]): void {
    describe(name, () => {
      for (const cell of cells) {
        const id = idOf(cell);
        it(id, ({ task }) => {
          const seen = this.#seen.get(id) ?? [];
          task.meta.cell = { id, seen };
          expect(deviations(cell, seen)).toEqual([]);
          expect(this.#lies.get(id), "payments that were told other than counted").toEqual([]);
        });
      }
    });
  }
}

/** Origins know a user by it. */
function userOf(cell: Pick<Cell, "fault" | "exchange" | "reach">, who: string): string {
  return `${idOf(cell)} / ${who}`;
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
