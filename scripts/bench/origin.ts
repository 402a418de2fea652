/** A trivial origin for benchmarks: one small JSON answer, on as many ports as asked for. Prints them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const BODY = Buffer.from('{"balance":"1288.00"}');
const HEADERS = { "content-type": "application/json", "content-length": BODY.length };

const ports = await Promise.all(Array.from({ length: Number(process.argv[2] ?? 1) }, listen));
console.log(`ports ${ports.join(" ")}`);

function listen(): Promise<number> {
  const server = createServer((_, response) => {
    response.writeHead(200, HEADERS);
    response.end(BODY);
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
