#!/usr/bin/env node
// Starts one demo wallet region: node scripts/demo/region.ts --name hk --port 8801 [--delay 20ms] [--capacity 50]
import { parseArgs } from "node:util";
import { startRegion } from "./server.ts";

const { values } = parseArgs({
  options: {
    name: { type: "string", default: "hk" },
    port: { type: "string", default: "0" },
    "control-port": { type: "string", default: "0" },
    delay: { type: "string", default: "0ms" },
    capacity: { type: "string", default: "0" },
  },
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));

const region = await startRegion({
  name: values.name,
  port: whole("--port", values.port),
  controlPort: whole("--control-port", values["control-port"]),
  delayMs: milliseconds("--delay", values.delay),
  capacity: whole("--capacity", values.capacity),
}).catch((error: Error) => fail(error.message));
console.log(`control on ${region.controlUrl}`);
console.log(`region ${values.name} on ${region.url}`);

function whole(option: string, text: string): number {
  return /^\d+$/.test(text) ? Number(text) : fail(`${option}: expected a whole number, found ${text}`);
}

function milliseconds(option: string, text: string): number {
  const match = /^(\d+)(ms|s)$/.exec(text);
  if (!match) return fail(`${option}: expected a duration such as 20ms or 1s, found ${text}`);
  return Number(match[1]) * (match[2] === "s" ? 1_000 : 1);
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
