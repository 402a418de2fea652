// How a page is sent: packed by the runtime, where the client reads that.
import { describe, expect, it } from "vitest";
import { pageResponse } from "../../src/edge/page-response.ts";
import { leftPage } from "../../src/pages/left.tsx";

const answer = (encodings: string | undefined, method = "GET") =>
  pageResponse(
    {
      request: new Request("https://wallet.example/", {
        method,
        headers: encodings === undefined ? {} : { "accept-encoding": encodings },
      }),
    },
    { status: 503, headers: {}, kind: "left", render: leftPage },
  );

describe("a page", () => {
  it.each([
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "gzip"],
    ["br, GZIP;q=0.1", "gzip"],
    ["*", "gzip"],
    [undefined, null],
    ["", null],
    ["br", null],
    ["identity", null],
    ["gzip;q=0, *", null],
    ["*;q=0", null],
  ])("for a client that accepts %s is sent as %s", (encodings, expected) => {
    const { headers } = answer(encodings);
    expect(headers.get("content-encoding")).toBe(expected);
    expect(headers.get("vary")).toBe("Accept, Accept-Language, Accept-Encoding, Cookie");
  });

  it("that is asked for by HEAD has no body to pack", () => {
    const { headers, body } = answer("gzip", "HEAD");
    expect([headers.get("content-encoding"), body]).toEqual([null, null]);
  });
});
