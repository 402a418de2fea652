/** A trivial origin for benchmarks: one small JSON answer. Prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const BODY = Buffer.from('{"balance":"1288.00"}');
const HEADERS = { "content-type": "application/json", "content-length": BODY.length };

const server = createServer((_, response) => {
  response.writeHead(200, HEADERS);
  response.end(BODY);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));
