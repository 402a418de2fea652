/** What dead Limiter objects have on disk: the level of each bucket that is not full, by its name in the store. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export function storedLevels(dataDir: string): Map<string, number> {
  const folder = join(dataDir, "tidegate-limiter");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".sqlite")) : [];
  const levels = new Map<string, number>();
  for (const file of files) {
    const shard = new DatabaseSync(join(folder, file), { readOnly: true });
    try {
      const hasTable = shard.prepare("SELECT 1 FROM sqlite_master WHERE name = 'buckets'").get();
      const rows = hasTable === undefined ? [] : shard.prepare("SELECT key, level FROM buckets").all();
      for (const { key, level } of rows) levels.set(String(key), Number(level));
    } finally {
      shard.close();
    }
  }
  return levels;
}
