/** A Durable Object's SQL storage on Node's SQLite: what a store keeps can be tested without a runtime. */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

class Rows<Row> implements Iterable<Row> {
  readonly #rows: Row[];

  constructor(rows: Row[]) {
    this.#rows = rows;
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }

  toArray(): Row[] {
    return this.#rows;
  }

  one(): Row {
    const [row] = this.#rows;
    if (row === undefined || this.#rows.length > 1) throw new Error("not one row");
    return row;
  }
}

export function sqliteInMemory() {
  const database = new DatabaseSync(":memory:");
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return {
    exec<Row>(sql: string, ...values: SQLInputValue[]): Rows<Row> {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = database.prepare(sql);
        statements.set(sql, statement);
      }
      return new Rows(statement.all(...values) as Row[]);
    },
    close(): void {
      database.close();
    },
  };
}
