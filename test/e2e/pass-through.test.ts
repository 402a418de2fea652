// What an origin says comes to the client as it was said: redirects, cookies, encodings, statuses, methods.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { header, headers, type RawResponse, rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});

function send(method: string, target: string, lines: string[] = []): Promise<RawResponse> {
  return sendRaw(wallet.edge.url, rawRequest(wallet.edge.url, method, target, lines));
}

function atOrigin(method: string, target: string, lines: string[] = []): Promise<RawResponse> {
  return sendRaw(wallet.region.url, rawRequest(wallet.region.url, method, target, lines));
}

describe("an origin's answer", () => {
  it.each([301, 302, 303, 307, 308])("a redirect %d is passed on, not followed", async (status) => {
    await wallet.region.resetCounts();
    const response = await send("GET", `/redirect?status=${status}`);
    expect(response.status).toBe(status);
    expect(header(response, "location")).toBe("/api/balance?from=redirect");
    expect(response.body.toString()).toBe("elsewhere\n");
    expect((await wallet.region.counts()).byPath).toEqual({ "/redirect": 1 });
  });

  // With one region no body is watched for truncation; watched ones are in watched-bodies.test.ts.
  it.each(["/gzip", "/br", "/bytes/20000", "/bytes/20000?chunked=1", "/api/balance"])(
    "of %s is the same a hundred times over",
    async (target) => {
      const plain = await atOrigin("GET", target);
      for (let time = 0; time < 100; time++) {
        const through = await send("GET", target);
        expect(through.body.equals(plain.body)).toBe(true);
        expect(header(through, "content-length")).toBe(header(plain, "content-length"));
      }
    },
  );

  it("several Set-Cookie stay several, each as it was", async () => {
    const values = headers(await send("GET", "/cookies"), "set-cookie");
    expect(values).toEqual(headers(await atOrigin("GET", "/cookies"), "set-cookie"));
    expect(values).toHaveLength(3);
  });

  it.each([
    ["gzip", "gzip"],
    ["gzip", "gzip, br, zstd"],
    ["gzip", "identity"],
    ["br", "br"],
    ["br", "gzip"],
  ])("a %s body is not touched when the client accepts %s", async (encoding, accepted) => {
    const lines = [`Accept-Encoding: ${accepted}`];
    const response = await send("GET", `/${encoding}`, lines);
    const original = await atOrigin("GET", `/${encoding}`, lines);
    expect(header(response, "content-encoding")).toBe(encoding);
    expect(header(response, "content-length")).toBe(String(original.body.length));
    expect(response.body.equals(original.body)).toBe(true);
    const sha256 = createHash("sha256").update(response.body).digest("hex");
    expect(header(response, "x-sha256")).toBe(sha256);
  });

  it("an encoded body is not touched when the client says nothing about encodings", async () => {
    const response = await send("GET", "/br");
    const original = await atOrigin("GET", "/br");
    expect(header(response, "content-encoding")).toBe("br");
    expect(response.body.equals(original.body)).toBe(true);
  });

  it("the client's Accept-Encoding reaches the origin as it was", async () => {
    const response = await send("GET", "/echo", ["Accept-Encoding: br;q=1.0, gzip;q=0.5"]);
    const { headers: received } = JSON.parse(response.body.toString()) as { headers: [string, string][] };
    expect(header({ headers: received }, "accept-encoding")).toBe("br;q=1.0, gzip;q=0.5");
  });

  it.each([200, 202, 206, 400, 401, 403, 404, 409, 418, 422, 429, 500, 501])(
    "status %d is passed on",
    async (status) => {
      const response = await send("GET", `/status/${status}`);
      expect(response.status).toBe(status);
      expect(response.body.toString()).toBe(`${status}\n`);
    },
  );

  it.each([204, 304])("status %d has no body and keeps its ETag", async (status) => {
    const response = await send("GET", `/status/${status}`);
    expect(response).toMatchObject({ status, isComplete: true });
    expect(response.body).toHaveLength(0);
    expect(header(response, "etag")).toBe('"1"');
  });

  it.each(["/api/balance", "/bytes/12345", "/gzip"])(
    "HEAD %s has the headers of GET and no body",
    async (path) => {
      await wallet.region.resetCounts();
      const head = await send("HEAD", path);
      const get = await send("GET", path);
      expect(head.status).toBe(200);
      for (const name of ["content-length", "content-type", "content-encoding", "cache-control"]) {
        expect(header(head, name), name).toBe(header(get, name));
      }
      expect(Number(header(head, "content-length"))).toBeGreaterThan(0);
      expect((await wallet.region.counts()).byMethod).toEqual({ HEAD: 1, GET: 1 });
    },
  );

  it("OPTIONS is the origin's to answer", async () => {
    await wallet.region.resetCounts();
    const response = await send("OPTIONS", "/api/pay");
    expect(response.status).toBe(204);
    expect(header(response, "allow")).toBe("POST, OPTIONS");
    expect((await wallet.region.counts()).byMethod).toEqual({ OPTIONS: 1 });
  });

  it.each(["PUT", "PATCH", "DELETE", "PROPFIND"])("%s reaches the origin", async (method) => {
    const response = await send(method, "/echo", ["Content-Length: 0"]);
    expect(JSON.parse(response.body.toString())).toMatchObject({ method });
  });

  it("an interim answer is passed over for the final one", async () => {
    expect(await send("GET", "/early-hints")).toMatchObject({ status: 200, isComplete: true });
  });

  it("a body that ends with its connection comes whole", async () => {
    const response = await send("GET", "/close-delimited");
    expect(response).toMatchObject({ status: 200, isComplete: true });
    expect(response.body.toString()).toBe("until the end\n");
  });

  it("a query comes to the origin byte for byte", async () => {
    const query = "a=1&a=2&b=%20%2F+c&d=%E4%BD%99&e&=f&g=%zz";
    const response = await send("GET", `/echo?${query}`);
    expect(JSON.parse(response.body.toString())).toMatchObject({ url: `/echo?${query}` });
  });

  it("a payment's receipt and status come through", async () => {
    const order = { paymentId: "e2e-1", amount: "8.80", currency: "HKD" };
    const paid = await fetch(`${wallet.edge.url}/api/pay`, { method: "POST", body: JSON.stringify(order) });
    expect(paid.status).toBe(201);
    expect(await paid.json()).toMatchObject({ ...order, status: "settled", region: "hk" });
    const status = await fetch(`${wallet.edge.url}/api/pay/e2e-1`);
    expect(await status.json()).toMatchObject({ received: 1 });
  });
});
