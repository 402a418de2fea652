/** `tidegate serve`: the edge alone, on bare workerd, until it is told to stop. */
import { type Command, InvalidArgumentError } from "commander";
import { startEdge } from "../lib/edge.ts";
import { environmentOption } from "./check.ts";
import { readConfig } from "./config-file.ts";
import { CommandError } from "./errors.ts";

interface ServeOptions {
  config: string;
  port: number;
  host: string;
  edges: number;
  data?: string;
  placeHeader?: string;
  protoHeader?: string;
  env: "production" | "development";
  json?: boolean;
}

/** More isolates than this in one workerd process would only share the same core. */
const MAX_EDGES = 64;

export function addServe(program: Command): void {
  program
    .command("serve")
    .description("run the edge on this machine")
    .option("--config <file>", "the configuration file", "tidegate.toml")
    .option("--port <number>", "the first edge's port", wholeNumber("port", 1, 65535), 8787)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--data <folder>", "where state is kept; left out, it is gone when the edge stops")
    .option(
      "--edges <number>",
      "isolates that share all state, on ports from --port on",
      wholeNumber("edges", 1, MAX_EDGES),
      1,
    )
    .option("--proto-header <name>", "header with the client's scheme (https), set by the TLS proxy in front")
    .option(
      "--place-header <name>",
      "header with the client's place as JSON (latitude, longitude), set by a proxy in front",
    )
    .addOption(environmentOption())
    .option("--json", "print each line as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  tidegate serve --config tidegate.toml --port 8787 --data ./data --edges 2",
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const ports = Array.from({ length: options.edges }, (_, index) => options.port + index);
  const { text } = readConfig(options.config, {
    environment: options.env,
    ownHosts: ports.map((port) => `${options.host}:${port}`),
  });
  const edge = await startEdge({
    toml: text,
    environment: options.env,
    host: options.host,
    port: options.port,
    edges: options.edges,
    dataDir: options.data,
    placeHeader: options.placeHeader,
    protoHeader: options.protoHeader,
    env: process.env,
    log: (line) => console.error(line),
  }).catch((error: Error) => {
    throw new CommandError(error.message);
  });
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      isStopping = true;
      void edge.stop();
    });
  }
  const say = (fact: object, text: string) => console.log(options.json ? JSON.stringify(fact) : text);
  if (options.data === undefined)
    say({ state: "temporary" }, "state is gone when the edge stops; --data FOLDER keeps it");
  if ((process.env.TIDEGATE_ADMIN_TOKEN ?? "") === "") {
    say({ operators: "locked out" }, "operators are locked out: set TIDEGATE_ADMIN_TOKEN to let them in");
  }
  for (const url of edge.urls) say({ listening: url }, `listening on ${url}`);
  const code = await edge.ended;
  if (!isStopping) throw new CommandError(`workerd ended by itself with code ${code}`);
}

/** A commander parser for a whole number in a range. */
function wholeNumber(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`${name} is a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}
