// Loops end here: the edge signs CDN-Loop (RFC 8586), and a request that carries its name already gets 508.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { walletConfig } from "../support/config.ts";
import { echo } from "../support/echo.ts";
import { startEdge } from "../support/edge.ts";
import { expectProblem } from "../support/problem.ts";
import { header, rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
let ownName: string;
beforeAll(async () => {
  wallet = await startWallet();
  ownName = /^[^\s;,]+/.exec(header(await echo(wallet.edge.url), "cdn-loop") ?? "")?.[0] ?? "";
});
beforeEach(() => wallet.region.resetCounts());

const send = (...lines: string[]) =>
  sendRaw(wallet.edge.url, rawRequest(wallet.edge.url, "GET", "/echo", lines));

describe("CDN-Loop", () => {
  it("is set with the edge's name", () => {
    expect(ownName).not.toBe("");
  });

  it("keeps the names that are there and adds its own once", async () => {
    const seen = await echo(wallet.edge.url, ["CDN-Loop: foo123.example", "CDN-Loop: bar;trace=1"]);
    const names = (header(seen, "cdn-loop") ?? "").split(",").map((item) => item.trim().split(";")[0]);
    expect(names.filter((name) => name === ownName)).toHaveLength(1);
    expect(names).toEqual(expect.arrayContaining(["foo123.example", "bar"]));
  });

  it.each([
    ["alone", (name: string) => [`CDN-Loop: ${name}`]],
    ["among others", (name: string) => [`CDN-Loop: foo, ${name} , bar`]],
    ["with parameters", (name: string) => [`CDN-Loop: ${name}; v=1; x="a,b"`]],
    ["in another case", (name: string) => [`cdn-loop: ${name.toUpperCase()}`]],
    ["on a second line", (name: string) => ["CDN-Loop: foo", `CDN-Loop: ${name}`]],
    ["and named in Connection", (name: string) => [`CDN-Loop: ${name}`, "Connection: CDN-Loop"]],
  ])("with the edge's name %s gets 508 and never reaches the origin", async (_, lines) => {
    expectProblem(await send(...lines(ownName)), 508, [String(wallet.region.port)]);
    expect((await wallet.region.counts()).byPath["/echo"]).toBeUndefined();
  });

  it.each([
    ["a longer name", (name: string) => `x${name}x`],
    ["the name within a parameter", (name: string) => `foo;note="${name}"`],
    ["the name within a quoted list", (name: string) => `foo;note="a, ${name}, b"`],
  ])("with %s is no loop", async (_, value) => {
    expect((await send(`CDN-Loop: ${value(ownName)}`)).status).toBe(200);
  });
});

describe("an origin that leads back to the edge", () => {
  it.each(["127.0.0.1", "localhost"])(
    "as %s is refused at the start, or ends with 508 at run time",
    async (host) => {
      const port = await freePorts(1);
      const looped = await startEdge({
        config: walletConfig([{ name: "self", url: `http://${host}:${port}` }]),
        port,
      }).catch((error: Error) => error);
      if (looped instanceof Error) {
        expect(looped.message).toMatch(/TG\d{4}/);
        return;
      }
      const response = await sendRaw(
        `http://127.0.0.1:${port}`,
        rawRequest(`http://127.0.0.1:${port}`, "GET", "/echo"),
      );
      expectProblem(response, 508);
    },
  );
});
