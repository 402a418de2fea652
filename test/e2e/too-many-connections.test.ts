// workerd ends when it has no file left for a connection (decision 14): `serve` ends with it and says so, for a supervisor.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { walletConfig } from "../support/config.ts";
import { type Exit, start } from "../support/processes.ts";
import { toToml } from "../support/toml.ts";

/** Two of them go to each connection, some dozens to the rest. */
const FILES = 600;

it("an edge with more connections than files ends, and says why", async () => {
  const directory = await mkdtemp(join(tmpdir(), "tidegate-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [configFile, port] = [join(directory, "tidegate.toml"), await freePorts(1)];
  await writeFile(configFile, toToml(walletConfig([{ name: "hk", url: "http://127.0.0.1:9" }])));
  const serve = `ulimit -n ${FILES} && exec "$@"`;
  const command = [
    process.execPath,
    "scripts/tidegate.js",
    "serve",
    "--config",
    configFile,
    "--port",
    `${port}`,
  ];
  const edge = start("sh", ["-c", serve, "sh", ...command]);
  await edge.waitFor(/listening on/);

  const open = () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {}); // It is to be cut off.
    socket.write("GET / HTTP/1.1\r\nHost: wallet.test\r\n\r\n");
    onTestFinished(() => void socket.destroy());
    return once(socket, "connect").catch(() => undefined);
  };
  // A third of the files is borne.
  await Promise.all(Array.from({ length: FILES / 3 }, open));
  expect((await fetch(`http://127.0.0.1:${port}/.tidegate/health`)).status).toBe(200);

  // Where the duplicate is what there is no file for, that connection alone is closed: so they come on and on.
  let exit: Exit | undefined;
  void edge.exited.then((ended) => {
    exit = ended;
  });
  while (exit === undefined) await Promise.all(Array.from({ length: 50 }, open));
  expect(exit.code).toBe(1);
  expect(edge.output()).toMatch(/accept\(\): Too many open files/);
  expect(edge.output()).toMatch(/workerd ended by itself with code 1/);
});
