import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RequestContext, upgradeOf } from "../../src/policy/request-headers.ts";
import { forwardedFields } from "../support/forwarded-fields.ts";

type Fields = [string, string][];

const CONTEXT: RequestContext = {
  clientAddress: "192.0.2.7",
  clientAddressHeader: "cf-connecting-ip",
  scheme: "https",
  host: "pay.example:8443",
  traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`,
  tracestate: "foo=1",
  cdnLoop: "tidegate",
  via: "1.1 tidegate",
};

const OWN = {
  "cf-connecting-ip": "192.0.2.7",
  forwarded: 'for=192.0.2.7;host="pay.example:8443";proto=https',
  "x-forwarded-for": "192.0.2.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "pay.example:8443",
  via: "1.1 tidegate",
  "cdn-loop": "tidegate",
  traceparent: CONTEXT.traceparent,
  tracestate: "foo=1",
};

const forward = (fields: Fields, context: Partial<RequestContext> = {}) => ({
  ...forwardedFields(fields, { ...CONTEXT, ...context }),
});
const passed = (fields: Fields, context: Partial<RequestContext> = {}) => {
  const result = forward(fields, context);
  return fields.map(([name]) => name).filter((name) => Object.hasOwn(result, name));
};

describe("what an origin sees", () => {
  it("is the client's own fields untouched, and what the edge says", () => {
    const fields: Fields = [
      ["accept", "*/*"],
      ["accept-encoding", "gzip, br"],
      ["authorization", "Bearer x"],
      ["cache-control", "no-cache"],
      ["content-length", "5"],
      ["content-type", "application/json"],
      ["cookie", "sid=1; theme=dark"],
      ["idempotency-key", '"8e03978e"'],
      ["sec-websocket-protocol", "chat"],
      ["user-agent", "wallet/1"],
      ["x-app-version", "7"],
      ["x-request-id", "r-1"],
      ["x-user-id", "7"],
      ["access_token", "t"],
      ["x", ""],
    ];
    expect(forward(fields)).toEqual({ ...Object.fromEntries(fields), ...OWN });
  });

  it("never holds a hop-by-hop field (RFC 9110 §7.6.1; attack list row 5)", () => {
    const names = [
      "connection",
      "keep-alive",
      "proxy",
      "proxy-authorization",
      "proxy-authenticate",
      "proxy-connection",
      "proxy-anything",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "http2-settings",
      "host",
    ];
    expect(passed(names.map((name) => [name, "x"]))).toEqual([]);
  });

  it("never holds the edge's own words from outside (attack list row 11)", () => {
    const names = [
      "tidegate",
      "tidegate-admitted",
      "tidegate-ticket",
      "tidegate-pass",
      "x-tidegate-user",
      "tidegate_admitted",
      "x_tidegate_user",
      "x-tidegate_user",
      "x_tidegate",
    ];
    expect(passed(names.map((name) => [name, "1"]))).toEqual([]);
    expect(passed([["tidegated", "1"]])).toEqual(["tidegated"]);
  });

  it("holds one address, which the edge wrote (attack list rows 6 and 7)", () => {
    const fields: Fields = [
      "forwarded",
      "forwarded-for",
      "x-forwarded",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-port",
      "x-forwarded-proto",
      "x-forwarded-server",
      "x-forward-for",
      "x-real-ip",
      "true-client-ip",
      "x-client-ip",
      "x-cluster-client-ip",
      "client-ip",
      "http-client-ip",
      "fastly-client-ip",
      "fly-client-ip",
      "do-connecting-ip",
      "cf-connecting-ip",
      "cf-connecting-ipv6",
      "cf-pseudo-ipv4",
      "ali-cdn-real-ip",
      "cdn-src-ip",
      "wl-proxy-client-ip",
      "proxy-client-ip",
      "x-azure-clientip",
      "x-azure-socketip",
      "x-envoy-external-address",
      "x-original-forwarded-for",
      "x-originating-ip",
      "x-remote-ip",
      "x-remote-addr",
      "x_forwarded_for",
      "x_real_ip",
      "true_client_ip",
      "cf_connecting_ip",
      "http_client_ip",
      "http_x_forwarded_for",
      "x-forwarded_for",
    ].map((name) => [name, "6.6.6.6"]);
    const result = forward(fields);
    expect(result).toEqual(OWN);
    expect(Object.values(result).join()).not.toContain("6.6.6.6");
  });

  it("holds no address when the trusted header has none", () => {
    const result = forward(
      [
        ["cf-connecting-ip", "nonsense"],
        ["x-forwarded-for", "6.6.6.6"],
      ],
      { clientAddress: undefined },
    );
    const { "cf-connecting-ip": _, "x-forwarded-for": __, ...rest } = OWN;
    expect(result).toEqual({ ...rest, forwarded: 'for=unknown;host="pay.example:8443";proto=https' });
  });

  it("holds the trusted header in its one spelling, whichever it is", () => {
    const fields: Fields = [
      ["x-real-ip", "::FFFF:192.0.2.7"],
      ["cf-connecting-ip", "6.6.6.6"],
      ["x_real_ip", "6.6.6.6"],
    ];
    const result = forward(fields, { clientAddressHeader: "x-real-ip" });
    expect(result["x-real-ip"]).toBe("192.0.2.7");
    expect(result).not.toHaveProperty("cf-connecting-ip");
    expect(result).not.toHaveProperty("x_real_ip");
    expect(
      passed([["my_gateway_address", "6.6.6.6"]], { clientAddressHeader: "my-gateway-address" }),
    ).toEqual([]);
    expect(
      forward([["x-forwarded-for", "6.6.6.6, 192.0.2.7"]], { clientAddressHeader: "x-forwarded-for" }),
    ).toMatchObject({
      "x-forwarded-for": "192.0.2.7",
    });
  });

  it("holds the platform's other fields only where the platform gives the address", () => {
    const fields: Fields = ["cf-ipcountry", "cf-ray", "cf-visitor"].map((name) => [name, "x"]);
    expect(passed(fields)).toEqual(["cf-ipcountry", "cf-ray", "cf-visitor"]);
    expect(passed(fields, { clientAddressHeader: "x-real-ip" })).toEqual([]);
    expect(passed([["cf_ipcountry", "x"]])).toEqual([]);
  });

  it("never holds a twin with underscores of a field that decides (attack list row 12)", () => {
    const names = [
      "x_user_id",
      "x-user_id",
      "content_length",
      "content_type",
      "transfer_encoding",
      "cdn_loop",
      "x_",
    ];
    expect(passed(names.map((name) => [name, "eve"]))).toEqual([]);
    expect(passed([["user_id", "7"]])).toEqual(["user_id"]);
  });

  it("never holds a field that names another path or host than the one matched", () => {
    const names = ["x-original-url", "x-original-uri", "x-rewrite-url", "x-original-host", "x-host"];
    expect(passed(names.map((name) => [name, "/admin"]))).toEqual([]);
  });

  it("leaves out a host that is none", () => {
    const result = forward([], { host: "user@evil" });
    expect(result).not.toHaveProperty("x-forwarded-host");
    expect(result.forwarded).toBe("for=192.0.2.7;proto=https");
  });

  it("has no tracestate of the client's when the trace restarts", () => {
    expect(forward([["tracestate", "foo=1"]], { tracestate: undefined })).not.toHaveProperty("tracestate");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "holds a field named %s like any other",
    (name) => {
      const result = forwardedFields([[name, "x"]], CONTEXT);
      expect(Object.entries(result)).toContainEqual([name, "x"]);
      expect(Object.keys(forwardedFields([], CONTEXT))).not.toContain(name);
    },
  );
});

describe("what Connection nominates", () => {
  it.each<[string, Fields, string[]]>([
    [
      "is removed (row 2)",
      [
        ["connection", "X-User"],
        ["x-user", "eve"],
      ],
      [],
    ],
    [
      "is removed wherever it stands",
      [
        ["x-user", "eve"],
        ["connection", "close, x-user"],
      ],
      [],
    ],
    [
      "is removed from several Connection fields (row 3)",
      [
        ["connection", ""],
        ["connection", "x-a"],
        ["x-a", "1"],
      ],
      [],
    ],
    [
      "is removed with odd spacing",
      [
        ["connection", " ,, X-A\t,close , x-b"],
        ["x-a", "1"],
        ["x-b", "1"],
      ],
      [],
    ],
    [
      "is removed, be it the client's own credentials",
      [
        ["connection", "authorization, cookie"],
        ["authorization", "a"],
        ["cookie", "c"],
      ],
      [],
    ],
    [
      "is nothing with close and keep-alive",
      [
        ["connection", "Keep-Alive"],
        ["x-a", "1"],
      ],
      ["x-a"],
    ],
    [
      "never changes the body's length or meaning",
      [
        ["connection", "content-length, content-type, content-encoding"],
        ["content-length", "5"],
        ["content-type", "a/b"],
        ["content-encoding", "gzip"],
      ],
      ["content-length", "content-type", "content-encoding"],
    ],
    [
      "may be a name that every object has",
      [
        ["connection", "__proto__, constructor"],
        ["__proto__", "1"],
        ["constructor", "1"],
      ],
      [],
    ],
    [
      "is no part of another name",
      [
        ["connection", "x-a"],
        ["x-ab", "1"],
      ],
      ["x-ab"],
    ],
  ])("%s", (_, fields, names) => {
    expect(passed(fields)).toEqual(names);
  });

  it("never takes what the edge sets (row 1: CVE-2024-45410, CVE-2025-48865, CVE-2022-31813)", () => {
    const all = Object.keys(OWN).join(", ");
    expect(forward([["connection", `close, ${all}, host, tidegate-user`]])).toEqual(OWN);
  });
});

describe("an upgrade", () => {
  it.each([
    ["websocket", "websocket"],
    ["WebSocket", "websocket"],
    ["h2c", undefined],
    ["websocket, h2c", undefined],
    ["websocket/13", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("%s is %s", (value, upgrade) => expect(upgradeOf(value)).toBe(upgrade));

  it("is made anew for the origin, and only a WebSocket's", () => {
    const fields: Fields = [
      ["connection", "keep-alive, Upgrade"],
      ["sec-websocket-key", "k"],
      ["upgrade", "websocket"],
    ];
    expect(forward(fields, { upgrade: "websocket" })).toEqual({
      ...OWN,
      "sec-websocket-key": "k",
      connection: "Upgrade",
      upgrade: "websocket",
    });
    expect(forward(fields)).toEqual({ ...OWN, "sec-websocket-key": "k" });
  });
});

describe("for any fields at all", () => {
  const ordinary = fc.constantFrom(
    "accept",
    "cookie",
    "x-user",
    "x-a",
    "authorization",
    "__proto__",
    "user_id",
  );
  const hostile = fc.constantFrom(
    ...Object.keys(OWN),
    "te",
    "host",
    "upgrade",
    "tidegate-x",
    "x_tidegate_x",
    "proxy-x",
    "x-real-ip",
    "x_forwarded_for",
    "x-forwarded-port",
    "content_length",
  );
  const name = fc.oneof(
    ordinary,
    hostile,
    fc.string({ unit: fc.constantFrom(..."xabc-_"), minLength: 1, maxLength: 8 }),
  );
  const value = fc.constantFrom("6.6.6.6", "1", "");
  const nominations = fc.array(name, { maxLength: 6 });
  const fieldsOf = fc
    .tuple(fc.array(fc.tuple(name, value), { maxLength: 12 }), nominations, fc.nat(12))
    .map(([fields, nominated, at]) => ({
      nominated,
      fields: [
        ...fields.slice(0, at),
        ["connection", nominated.join(", ").toUpperCase()],
        ...fields.slice(at),
      ] as Fields,
    }));

  it("the edge's own are exact, nothing nominated survives, and nothing is invented", () => {
    fc.assert(
      fc.property(fieldsOf, ({ fields, nominated }) => {
        const result = forwardedFields(fields, CONTEXT);
        for (const [own, exact] of Object.entries(OWN)) expect(result[own]).toBe(exact);
        const others = Object.keys(result).filter((key) => !Object.hasOwn(OWN, key));
        for (const other of others) {
          expect(nominated).not.toContain(other);
          expect(fields).toContainEqual([other, result[other]]);
          expect(other).not.toMatch(
            /^(?:te|host|upgrade|connection|proxy-.*|x-forwarded.*|x[-_]?tidegate.*|tidegate.*)$/,
          );
          expect(other).not.toMatch(/^x_|^x-.*_/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("it never throws, and the runtime takes what it gives", () => {
    fc.assert(
      fc.property(fieldsOf, ({ fields }) => {
        const { ["__proto__"]: _, ...result } = forwardedFields(fields, CONTEXT); // Node's Headers loses that name.
        expect(Object.fromEntries(new Headers(result))).toEqual(result);
      }),
    );
  });
});
