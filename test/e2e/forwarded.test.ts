// Forwarded and X-Forwarded-* are written from the one trusted header and never from what a client claims.
import { beforeAll, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { echo } from "../support/echo.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { header, headers } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

const FORGED = [
  "Forwarded: for=6.6.6.6;proto=gopher;host=evil.example;by=6.6.6.7",
  "X-Forwarded-For: 6.6.6.6, 6.6.6.8",
  "X-Forwarded-Proto: gopher",
  "X-Forwarded-Host: evil.example",
];

let region: Region;
let edge: Edge;
beforeAll(async () => {
  region = await startRegion("hk");
  edge = await startEdge({ config: walletConfig([region]) });
});

describe("with the default trusted header", () => {
  it("the address comes from CF-Connecting-IP alone", async () => {
    const seen = await echo(edge.url, [...FORGED, "CF-Connecting-IP: 203.0.113.7"]);
    expect(headers(seen, "x-forwarded-for")).toEqual(["203.0.113.7"]);
    expect(headers(seen, "x-forwarded-proto")).toEqual(["http"]);
    expect(headers(seen, "x-forwarded-host")).toEqual([new URL(edge.url).host]);
    const forwarded = headers(seen, "forwarded");
    expect(forwarded).toHaveLength(1);
    expect(forwarded[0]).toMatch(/(^|;)for="?203\.0\.113\.7"?(;|$)/);
    expect(forwarded[0]).toMatch(/(^|;)proto=http(;|$)/);
    expect(forwarded[0]).toContain(`host="${new URL(edge.url).host}"`);
    expect(JSON.stringify(seen.headers)).not.toMatch(/6\.6\.6\.|gopher|evil/);
  });

  it("an IPv6 address is bracketed and quoted in Forwarded (RFC 7239, section 6)", async () => {
    const seen = await echo(edge.url, ["CF-Connecting-IP: 2001:db8::7"]);
    expect(header(seen, "x-forwarded-for")).toBe("2001:db8::7");
    expect(header(seen, "forwarded")).toContain('for="[2001:db8::7]"');
  });

  it("without it no address is claimed", async () => {
    const seen = await echo(edge.url, FORGED);
    expect(header(seen, "x-forwarded-for") ?? "").not.toContain("6.6.6.");
    expect(JSON.stringify(seen.headers)).not.toMatch(/6\.6\.6\.|gopher|evil/);
  });

  it("of a list the last counts: the nearest proxy appended it", async () => {
    const seen = await echo(edge.url, ["CF-Connecting-IP: 6.6.6.6, 203.0.113.7"]);
    expect(header(seen, "x-forwarded-for")).toBe("203.0.113.7");
    expect(JSON.stringify(seen.headers)).not.toContain("6.6.6.6");
  });

  it.each([
    "X-Real-IP",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
    "X_Forwarded_For",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Host",
    "X-Original-URL",
    "X-Rewrite-URL",
    "Proxy",
  ])("%s from outside, which some origins believe, is dropped", async (name) => {
    const seen = await echo(edge.url, [`${name}: 6.6.6.6`, "CF-Connecting-IP: 203.0.113.7"]);
    expect(header(seen, name)).toBeUndefined();
  });

  it.each([
    '203.0.113.7";for="6.6.6.6',
    "203.0.113.7;proto=gopher",
    "not-an-address",
    "[2001:db8::7]:99",
    "::ffff:1.2.3.4%eth0",
    "999.1.1.1",
  ])("a value that is not one address is not believed: %s", async (value) => {
    const seen = await echo(edge.url, [`CF-Connecting-IP: ${value}`]);
    const written = [header(seen, "x-forwarded-for") ?? "", header(seen, "forwarded") ?? ""].join(" ");
    expect(written).not.toContain(value);
    expect(written).not.toMatch(/6\.6\.6\.6|gopher|not-an|999\.|eth0/);
  });
});

describe("with another trusted header", () => {
  it("that one is believed and CF-Connecting-IP is not", async () => {
    const other = await startEdge({
      config: walletConfig([region], { edge: { client_ip_header: "X-Real-IP" } }),
    });
    const seen = await echo(other.url, [...FORGED, "CF-Connecting-IP: 6.6.6.6", "X-Real-IP: 198.51.100.4"]);
    expect(headers(seen, "x-forwarded-for")).toEqual(["198.51.100.4"]);
    expect(header(seen, "forwarded")).toMatch(/for="?198\.51\.100\.4"?/);
  });
});
