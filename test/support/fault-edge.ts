// Edges with faults in them on bare workerd: the product's code bundled with test/worker/fault-worker.ts, never shipped.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startEdge as serveEdge } from "../../scripts/lib/edge.ts";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { atEnd } from "./cleanup.ts";
import type { ObjectFault, ObjectName } from "./fault-table-objects.ts";
import { ROOT } from "./root.ts";
import { type TomlTable, toToml } from "./toml.ts";

export interface Faults {
  objects?: Partial<Record<ObjectName, ObjectFault>>;
  /** Monitors of one pool alone. */
  monitorsOf?: string;
  skewMs?: number;
}

export interface FaultEdge {
  readonly urls: readonly string[];
  readonly token: string;
  /** Every call that this edge makes from now on meets these; the first edge has the objects, too. */
  set(edge: number, faults: Faults): Promise<void>;
  /** How often a fault has struck there. */
  struck(edge: number, object: ObjectName): Promise<number>;
}

const TOKEN = "test-admin-token-0123456789abcdef";

/** The bundle's folder. */
export async function buildFaultBundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-faults-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [join(ROOT, "test/worker/fault-worker.ts")],
    absWorkingDir: ROOT,
    tsconfig: "tsconfig.json",
    bundle: true,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".toml": "text" },
    external: ["cloudflare:*"],
    outfile: join(folder, "index.js"),
    logLevel: "error",
  });
  return folder;
}

export async function startFaultEdge(bundle: string, edges: number, config: TomlTable): Promise<FaultEdge> {
  const lines: string[] = [];
  const edge = await serveEdge({
    toml: toToml(config),
    environment: "development",
    host: "127.0.0.1",
    port: await freePorts(edges),
    edges,
    env: {
      ...process.env,
      TIDEGATE_ADMIN_TOKEN: TOKEN,
      TIDEGATE_SECRET: "test-secret-0123456789abcdef0123456789abcdef",
    },
    log: (line) => lines.push(line),
    bundle,
  }).catch((error) => {
    throw new Error(`${error}\n${lines.join("\n")}`);
  });
  atEnd(() => edge.stop());
  const ask = async (index: number, body?: Faults) => {
    const answer = await fetch(`${edge.urls[index]}/__faults`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`faults: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { struck: Partial<Record<ObjectName, number>> };
  };
  return {
    urls: edge.urls,
    token: TOKEN,
    set: async (index, faults) => void (await ask(index, faults)),
    struck: async (index, object) => (await ask(index)).struck[object] ?? 0,
  };
}
