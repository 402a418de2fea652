// What Durable Objects keep on disk, for tests that spoil it: an object that cannot start is out of every edge's reach.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The databases of a kind of object, as workerd lays them out; while it does not run. */
export async function databasesOf(
  dataDir: string,
  kind: "tidegate-control" | "tidegate-room",
): Promise<string[]> {
  const files = await readdir(dataDir, { recursive: true });
  return files
    .filter((name) => new RegExp(`${kind}/[0-9a-f]{64}\\.sqlite$`).test(name))
    .map((name) => join(dataDir, name));
}

/** Runs statements on one of them. */
export function inDatabase(file: string, ...statements: string[]): void {
  const database = new DatabaseSync(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}
