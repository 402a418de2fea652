/** The edge's own pages as a reader gets them while something is announced. */
import type { Announcement } from "../../src/config/announcements.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { compile } from "../../src/edge/compiled.ts";
import { limitedAnswer } from "../../src/edge/limited-answer.ts";
import { inMaintenance } from "../../src/edge/maintenance-answer.ts";
import { queuedAnswer } from "../../src/edge/queue-answer.ts";
import { openVisit } from "../../src/edge/visit.ts";
import { walletToml } from "./support.ts";

export async function pageOf(
  kind: "maintenance" | "limited" | "queued",
  language: string,
  announcements: readonly Announcement[],
): Promise<string> {
  const loaded = loadConfig(walletToml({ hk: 1 }), { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error("the file has mistakes");
  const snapshot = { ...firstSnapshot(loaded.config, 1), announcements };
  const compiled = compile(snapshot, undefined, Date.now(), 0);
  const headers = { accept: "text/html", "accept-language": language };
  const request = new Request("https://edge.example/", { headers });
  const visit = openVisit(request, compiled, Date.now(), { waitUntil: () => {} });
  const [pool] = compiled.pools;
  if (pool === undefined) throw new Error("no pool");
  switch (kind) {
    case "maintenance":
      return inMaintenance(visit, pool, Date.now()).text();
    case "limited":
      return limitedAnswer(visit, { retryAfterMs: 1000, violated: ["per-user"] }).text();
    case "queued": {
      const place = { room: "main", state: "waiting", position: 2, ahead: 1 } as const;
      const standing = { ...place, estimatedWaitSeconds: null, pollAfterSeconds: 5, ticket: "t" };
      return queuedAnswer(visit, standing, { status: 503, setCookies: [] }).text();
    }
  }
}
