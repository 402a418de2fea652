/** An edge of a benchmark: its configuration, and its start on bare workerd. */
import { startEdge } from "../lib/edge.ts";
import { freePort } from "./ports.ts";
import { JWT_SECRET } from "./wallet-request.ts";

/** What of the edge is on. */
export type Work = "everything" | "one limit" | "balancing";

export interface EdgeSize {
  readonly work: Work;
  /** Ports of the origins, one or more times each. */
  readonly origins: readonly number[];
  /** Routes; requests go to the last one. */
  readonly routes?: number;
}

const ROOM = `[[rooms]]
name = "main"
active_limit = 1_000
admit_per_minute = 60_000
`;

const LIMIT = `[[limits]]
name = "per-user"
key = "user"
capacity = 1_000_000
refill = 1_000_000
`;

const WEIGHTS = [50, 30, 20];

export async function startWalletEdge(size: EdgeSize, dataDir: string) {
  const port = await freePort();
  const edge = await startEdge({
    toml: edgeToml(size),
    environment: "production",
    host: "127.0.0.1",
    port,
    edges: 1,
    dataDir,
    env: { ...process.env, TIDEGATE_ADMIN_TOKEN: "bench", TIDEGATE_JWT_SECRET: JWT_SECRET },
    log: console.error,
  });
  return { edge, port, url: `http://127.0.0.1:${port}` };
}

function edgeToml({ work, origins: ports, routes = 1 }: EdgeSize): string {
  const limited = work !== "balancing";
  const roomed = work === "everything";

  const origins = ports.map(
    (port, index) =>
      `[[pools.origins]]\nname = "o${index}"\nurl = "http://127.0.0.1:${port}"\nweight = ${WEIGHTS[index % WEIGHTS.length]}`,
  );
  const others = Array.from(
    { length: routes - 1 },
    (_, index) => `[[routes]]\npath = "/other/${index}/*"\npool = "wallet"`,
  );
  return `[[pools]]
name = "wallet"
affinity = "user"
${origins.join("\n")}
${others.join("\n")}
[[routes]]
path = "/api/*"
pool = "wallet"
${limited ? 'limits = ["per-user"]' : ""}
${roomed ? 'room = "main"' : ""}
${limited ? LIMIT : ""}
${roomed ? ROOM : ""}
${limited ? '[identity]\njwt = { algorithms = ["HS256"] }' : ""}
`;
}
