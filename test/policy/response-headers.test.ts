import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nominatedNames,
  responseHeaderChanges,
  serverTiming,
  viaValue,
} from "../../src/policy/response-headers.ts";

type Fields = [string, string][];

describe("what stays behind of an origin's response", () => {
  it("is usually nothing, and then always the same array", () => {
    const usual: Fields = [
      ["content-length", "5"],
      ["content-type", "text/html"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["server-timing", "db;dur=5"],
      ["trailers", "x"],
    ];
    expect(responseHeaderChanges(usual)).toEqual([]);
    expect(responseHeaderChanges(usual)).toBe(responseHeaderChanges([]));
  });

  it("cannot be changed through that array", () => {
    expect(() => (responseHeaderChanges([]) as string[]).push("x")).toThrow(TypeError);
  });

  it.each<[string, Fields, string[]]>([
    [
      "hop-by-hop fields (RFC 9110 §7.6.1)",
      ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"].map((name) => [
        name,
        "close",
      ]),
      ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"],
    ],
    [
      "what is meant for the proxy alone",
      [
        ["proxy-authenticate", "Basic"],
        ["proxy-authentication-info", "x"],
        ["proxy-connection", "close"],
      ],
      ["proxy-authenticate", "proxy-authentication-info", "proxy-connection"],
    ],
    [
      "what the origin tells the edge",
      [
        ["tidegate-capacity", "0.5"],
        ["tidegate-session", "end"],
        ["x-tidegate-x", "1"],
        ["x-tide", "1"],
      ],
      ["tidegate-capacity", "tidegate-session", "x-tidegate-x"],
    ],
    [
      "nominated fields (row 4)",
      [
        ["connection", "X-Secret"],
        ["x-secret", "1"],
      ],
      ["connection", "x-secret"],
    ],
    [
      "nominated fields of several Connections",
      [
        ["connection", ""],
        ["connection", "x-a, close"],
      ],
      ["connection", "connection", "x-a"],
    ],
    [
      "a keep-alive with its parameters",
      [
        ["connection", "keep-alive"],
        ["keep-alive", "timeout=5"],
      ],
      ["connection", "keep-alive"],
    ],
  ])("is %s", (_, fields, names) => {
    expect(responseHeaderChanges(fields)).toEqual(names);
  });

  it("is never what frames the body, keeps a session or guards a cache, whoever nominates it", () => {
    const kept = [
      "Content-Length",
      "Content-Encoding",
      "Content-Type",
      "Content-Range",
      "Set-Cookie",
      "Location",
      "Cache-Control",
    ];
    expect(responseHeaderChanges([["connection", kept.join(",")]])).toEqual(["connection"]);
  });

  it("is not the upgrade when the origin switches protocols", () => {
    const fields: Fields = [
      ["connection", "Upgrade, x-a"],
      ["upgrade", "websocket"],
      ["keep-alive", "x"],
    ];
    expect(responseHeaderChanges(fields, 101)).toEqual(["keep-alive", "x-a"]);
    expect(responseHeaderChanges(fields, 200)).toEqual([
      "connection",
      "upgrade",
      "keep-alive",
      "upgrade",
      "x-a",
    ]);
  });

  it("is a list of names that every runtime can delete, whatever an origin sends", () => {
    const name = fc.constantFrom("connection", "x-a", "te", "set-cookie", "tidegate-x", "content-length");
    const value = fc.string({ unit: fc.constantFrom(..."xa-, \tA;=") });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (fields) => {
        const changes = responseHeaderChanges(fields);
        for (const change of changes) {
          expect(change).toBe(change.toLowerCase().trim());
          expect(["set-cookie", "content-length"]).not.toContain(change);
          expect(() => new Headers().delete(change)).not.toThrow();
        }
      }),
    );
  });
});

describe("nominated names", () => {
  it.each([
    ["", []],
    ["close", []],
    ["Keep-Alive", []],
    ["X-A", ["x-a"]],
    ["close, X-A ,\tx-b,,", ["x-a", "x-b"]],
  ])("of %j are %j", (connection, names) => expect(nominatedNames(connection)).toEqual(names));

  it("are field names only: what cannot be one is left out", () => {
    expect(nominatedNames('x-a;q=1, "x-b", x c, @, x-d')).toEqual(["x-d"]);
  });
});

describe("Server-Timing", () => {
  it.each<[number, number | undefined, string | null | undefined, string]>([
    [1, 12, undefined, "edge;dur=1, origin;dur=12"],
    [1, 12, null, "edge;dur=1, origin;dur=12"],
    [0, 0, "", "edge;dur=0, origin;dur=0"],
    [0.26, 1234.56, undefined, "edge;dur=0.3, origin;dur=1234.6"],
    [2, undefined, undefined, "edge;dur=2"],
    [1, 12, "db;dur=5", "db;dur=5, edge;dur=1, origin;dur=12"],
    // Clocks of two events can disagree; a duration is never below nothing.
    [-1, Number.NaN, undefined, "edge;dur=0, origin;dur=0"],
  ])("of %s and %s after %j is %s", (edgeMs, originMs, existing, value) => {
    expect(serverTiming(edgeMs, originMs, existing)).toBe(value);
  });
});

describe("Via", () => {
  it("ends with this edge (RFC 9110 §7.6.3)", () => {
    expect(viaValue(undefined, "tidegate")).toBe("1.1 tidegate");
    expect(viaValue(null, "tidegate")).toBe("1.1 tidegate");
    expect(viaValue("", "tidegate")).toBe("1.1 tidegate");
    expect(viaValue("1.0 fred, 1.1 p.example.net", "tidegate")).toBe(
      "1.0 fred, 1.1 p.example.net, 1.1 tidegate",
    );
    expect(viaValue("1.0 fred", "tidegate", "2")).toBe("1.0 fred, 2 tidegate");
  });
});
