// What each exit code of the command means (docs/operators.md), on a real edge; scripts rely on them.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_PATH } from "../../src/config/admin/endpoints.ts";
import type { Status } from "../../src/config/control-api.ts";
import { atEnd } from "../support/cleanup.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { run, start } from "../support/processes.ts";

const COMMAND = "scripts/tidegate.js";

let edge: Edge;
beforeAll(async () => {
  const origins = ["hk", "sg"].map((name, index) => ({ name, url: `http://127.0.0.1:${9000 + index}` }));
  edge = await startEdge({
    config: walletConfig(origins, { rooms: [{ name: "main", active_limit: 5, admit_per_minute: 60 }] }),
  });
});

interface Way {
  /** Before a request goes on to the edge. */
  before?(request: IncomingMessage, body: string): Promise<void>;
  /** What becomes of a status on its way back. */
  status?(status: Status): unknown;
}

let way: Server | undefined;
afterEach(() => {
  way?.closeAllConnections();
  way?.close();
});

/** A way to the edge on which something happens. */
async function wayTo({ before = async () => {}, status = (same) => same }: Way): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    await before(request, body);
    const { authorization = "", "if-match": ifMatch, "content-type": type } = request.headers;
    const answer = await fetch(edge.url + (request.url ?? ""), {
      method: request.method ?? "GET",
      headers: {
        authorization,
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(body === "" ? {} : { body }),
    });
    const text = await answer.text();
    const isStatus = request.url === `${ADMIN_PATH}/status` && answer.ok;
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(isStatus ? JSON.stringify(status(JSON.parse(text) as Status)) : text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => server.closeAllConnections());
  way = server;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const by = (url: string, ...args: string[]) =>
  run(process.execPath, [COMMAND, ...args, "--url", url], { env: { TIDEGATE_ADMIN_TOKEN: edge.token } });

/** Another operator's write, which counts. */
async function announce(): Promise<void> {
  const said = await edge.cli("announce", "add", "--for", "1h", "--message", "en=x", "--yes", "--no-wait");
  expect(said.code, said.stderr).toBe(0);
}

describe("the command's exit code", () => {
  it("is 0 for what is done, and for what there is nothing to change", async () => {
    for (const _ of ["done", "as it is"])
      expect((await edge.cli("weights", "wallet", "hk=7", "--yes")).code).toBe(0);
  });

  it("is 1 for what is refused and for an edge that cannot be reached", async () => {
    expect((await edge.cli("drain", "wallet", "nowhere", "--yes")).code).toBe(1);
    expect((await edge.cli("session", "end", "nowhere", "--pass", "x", "--yes")).code).toBe(1);
    expect((await by("http://127.0.0.1:9", "status")).code).toBe(1);
  });

  it("is 2 for a command line that is not understood", async () => {
    for (const line of [
      ["drian"],
      ["weights", "wallet", "hk"],
      ["token", "add", "mei"],
      ["status", "--nosuch"],
    ])
      expect((await edge.cli(...line)).code, line.join(" ")).toBe(2);
  });

  it("is 3 without a token, with a wrong one, and with a role that does not suffice", async () => {
    const as = (token: string, ...args: string[]) =>
      run(process.execPath, [COMMAND, ...args, "--url", edge.url], { env: { TIDEGATE_ADMIN_TOKEN: token } });
    expect((await as("", "status")).code).toBe(3);
    expect((await as("wrong", "status")).code).toBe(3);
    const made = await edge.cli("token", "add", "looker", "--role", "viewer", "--json");
    const { secret } = JSON.parse(made.stdout) as { secret: string };
    expect((await as(secret, "weights", "wallet", "hk=1", "--yes")).code).toBe(3);
  });

  it.each([
    ["weights", ["weights", "wallet", "hk=9", "--yes"]],
    ["a token", ["token", "add", "late", "--role", "viewer", "--yes"]],
    ["a session", ["session", "end", "main", "--pass", "x", "--yes"]],
    ["a pin", ["pin", "wallet", "hk", "--yes"]],
  ])("is 4 when somebody else's write came first, and nothing is done: %s", async (_, line) => {
    const url = await wayTo({
      before: async (_request, body) => {
        // The look before goes through; another write comes before the real one.
        if (body.includes('"dryRun":false')) await announce();
      },
    });
    const audit = async () => (await edge.cli("audit", "--last", "1", "--json")).stdout;
    const late = await by(url, ...line);
    expect(late.code, late.stderr).toBe(4);
    expect(late.stderr).toContain("nothing was changed");
    expect(JSON.parse(await audit())).toMatchObject([{ action: "announce" }]);
  });

  it("is 5 when it is done and an active edge has not followed within ten seconds", async () => {
    const behind = { name: "behind", version: 1, follows: false, ageMs: 10 };
    const url = await wayTo({ status: (status) => ({ ...status, edges: [...status.edges, behind] }) });
    const late = await by(url, "weights", "wallet", "hk=11", "--yes", "--json");
    expect(late.code, late.stderr).toBe(5);
    expect(JSON.parse(late.stdout)).toMatchObject({ kind: "applied", edges: { kind: "late" } });
  }, 60_000);

  it("is 130 when it is interrupted", async () => {
    const watching = start(process.execPath, [COMMAND, "status", "--watch", "--url", edge.url], {
      env: { TIDEGATE_ADMIN_TOKEN: edge.token },
    });
    await watching.waitFor(/POOL/);
    const { code, signal } = await watching.stop("SIGINT");
    // A shell says 130 of both.
    expect([130, "SIGINT"]).toContain(code ?? signal);
  });
});
