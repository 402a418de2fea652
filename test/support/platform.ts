// The edge on bare workerd with what Cloudflare has around a Worker: a real Analytics Engine binding and a real tail.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundle } from "../../scripts/lib/bundle.ts";
import { workerdPath } from "../../scripts/lib/edge.ts";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { workerdConfig } from "../../scripts/lib/workerd-config.ts";
import { atEnd } from "./cleanup.ts";
import { start } from "./processes.ts";
import { type TomlTable, toToml } from "./toml.ts";

/** A data point as workerd sends it: texts are lists of bytes. */
export type Point = Readonly<Record<string, unknown>>;

/** One event of a trace, as a streaming tail worker gets it. */
export interface TailEvent {
  readonly spanContext: { readonly traceId: string; readonly spanId?: string };
  readonly event: {
    readonly type: string;
    readonly name?: string;
    readonly spanId?: string;
    readonly executionModel?: string;
    readonly info?: unknown;
  };
}

export interface Platform {
  readonly url: string;
  readonly points: readonly Point[];
  /** By invocation, when it is over. */
  readonly traces: readonly (readonly TailEvent[])[];
}

/** Sends every trace to the recorder once it is over. */
const tailWorker = (recorder: string) => `export default {
  tailStream(onset) {
    const events = [onset];
    return (event) => {
      events.push(event);
      if (event.event.type !== "outcome") return;
      const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
      return fetch("${recorder}/trace", { method: "POST", body: JSON.stringify(events, plain) });
    };
  },
};`;

export async function startPlatform(config: TomlTable): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-platform-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const { port: recorderPort, points, traces } = await startRecorder();
  const bundle = await buildBundle();
  const modules = readdirSync(bundle).filter((name) => /\.(js|toml)$/.test(name));
  for (const name of modules) copyFileSync(join(bundle, name), join(folder, name));
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  writeFileSync(join(folder, "tail.js"), tailWorker(`http://127.0.0.1:${recorderPort}`));
  const port = await freePorts(1);
  const plain = workerdConfig(
    {
      modules,
      toml: toToml(config),
      environment: "development",
      host: "127.0.0.1",
      port,
      edges: 1,
      dataDir,
      deployedAtMs: Date.now(),
    },
    {},
  );
  const file = join(folder, "workerd.capnp");
  writeFileSync(file, withPlatform(plain, recorderPort));
  const running = start(workerdPath(), ["serve", "--experimental", "--verbose", file]);
  atEnd(() => running.stop());
  const url = `http://127.0.0.1:${port}`;
  await untilServing(`${url}/.tidegate/health`);
  return { url, points, traces };
}

/** The edge's own configuration, and beside it a recorder and a tail. */
function withPlatform(config: string, recorderPort: number): string {
  const replaced = (text: string, before: string, after: string) => {
    if (!text.includes(before)) throw new Error(`workerd's configuration has no ${before}`);
    return text.replace(before, after);
  };
  const bound = replaced(
    config,
    "bindings = [",
    'bindings = [(name = "ANALYTICS", analyticsEngine = "recorder"), ',
  );
  const tailed = replaced(
    bound,
    'globalOutbound = "origins"',
    'streamingTails = ["tail"], globalOutbound = "origins"',
  );
  return replaced(
    tailed,
    "services = [",
    `services = [
    (name = "recorder", external = (address = "127.0.0.1:${recorderPort}", http = ())),
    (name = "tail", worker = (modules = [(name = "tail.js", esModule = embed "tail.js")], compatibilityDate = "2026-11-01", compatibilityFlags = ["streaming_tail_worker"], globalOutbound = "origins")),`,
  );
}

async function startRecorder() {
  const points: Point[] = [];
  const traces: TailEvent[][] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => {
      if (request.url === "/trace") traces.push(JSON.parse(text) as TailEvent[]);
      else points.push(JSON.parse(text) as Point);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, points, traces };
}

async function untilServing(url: string): Promise<void> {
  const endMs = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > endMs) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
