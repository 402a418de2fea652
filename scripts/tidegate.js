#!/usr/bin/env node
// Starts the command under a Node that runs TypeScript: the one at hand, or the project's own `node` package.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);
const main = fileURLToPath(new URL("cli/main.ts", import.meta.url));

if (runsTypeScript) {
  // The next command starts in about half of the CPU time: nothing is stripped of its types and compiled again.
  nodeModule.enableCompileCache?.();
  await import(main);
} else {
  const node = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
  if (!existsSync(node)) {
    console.error(`tidegate needs Node 22.18 or newer, this is ${process.version}; "npm ci" installs one`);
    process.exit(1);
  }
  // The channel tells the child when this process dies, however it dies.
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}
