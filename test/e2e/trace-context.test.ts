// W3C trace context: a valid trace continues with a new parent, an invalid one starts again.
import { beforeAll, describe, expect, it } from "vitest";
import { echo } from "../support/echo.ts";
import { header, headers } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const VALID = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});

async function trace(...lines: string[]) {
  const seen = await echo(wallet.edge.url, lines);
  const values = headers(seen, "traceparent");
  expect(values).toHaveLength(1);
  const match = VALID.exec(values[0] ?? "");
  expect(match, values[0]).not.toBeNull();
  return { traceId: match?.[1], parentId: match?.[2], flags: match?.[3], state: header(seen, "tracestate") };
}

describe("traceparent", () => {
  it.each(["00", "01"])("continues with a new parent id and its flags %s", async (flags) => {
    const seen = await trace(`traceparent: 00-${TRACE}-${PARENT}-${flags}`);
    expect(seen.traceId).toBe(TRACE);
    expect(seen.parentId).not.toBe(PARENT);
    expect(seen.parentId).not.toBe("0".repeat(16));
    expect((Number.parseInt(seen.flags ?? "", 16) & 1).toString()).toBe(flags === "01" ? "1" : "0");
  });

  it("has a parent id of its own on each request, and each arrives once", async () => {
    await wallet.region.resetCounts();
    const parents = new Set<string | undefined>();
    for (let index = 0; index < 20; index++) {
      parents.add((await trace(`traceparent: 00-${TRACE}-${PARENT}-01`)).parentId);
    }
    expect(parents.size).toBe(20);
    expect((await wallet.region.counts()).byPath["/echo"]).toBe(20);
  });

  it("of a later version is read as far as it is known", async () => {
    expect((await trace(`traceparent: cc-${TRACE}-${PARENT}-01-what-the-future-brings`)).traceId).toBe(TRACE);
  });

  it.each([
    ["an all-zero trace id", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["an all-zero parent id", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["version ff", `ff-${TRACE}-${PARENT}-01`],
    ["upper case", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ["a short trace id", `00-${TRACE.slice(1)}-${PARENT}-01`],
    ["more than version 00 has", `00-${TRACE}-${PARENT}-01-more`],
    ["no flags", `00-${TRACE}-${PARENT}`],
    ["a later version that runs on", `cc-${TRACE}-${PARENT}-01x`],
    ["nonsense", "yes"],
    ["nothing", ""],
  ])("with %s starts a new trace and drops the state", async (_, value) => {
    const seen = await trace(`traceparent: ${value}`, "tracestate: vendor=1");
    expect(seen.traceId?.toLowerCase()).not.toBe(TRACE);
    expect(seen.traceId).not.toBe("0".repeat(32));
    expect(seen.state).toBeUndefined();
  });

  it("that comes twice starts a new trace", async () => {
    const line = `traceparent: 00-${TRACE}-${PARENT}-01`;
    expect((await trace(line, line)).traceId).not.toBe(TRACE);
  });

  it("that is missing starts a new trace, another for each request", async () => {
    const first = await trace();
    const second = await trace();
    expect(first.traceId).not.toBe(second.traceId);
  });
});

describe("tracestate", () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `v${index}=${index}`);

  it("is passed on in its order, several lines as one list", async () => {
    const seen = await trace(
      `traceparent: 00-${TRACE}-${PARENT}-01`,
      "tracestate: a=1,b=2",
      "tracestate: c=3",
    );
    expect(seen.state?.replaceAll(" ", "")).toBe("a=1,b=2,c=3");
  });

  it.each([32, 33, 60])("of %d members keeps the first 32", async (count) => {
    const seen = await trace(
      `traceparent: 00-${TRACE}-${PARENT}-01`,
      `tracestate: ${members(count).join(",")}`,
    );
    expect(seen.state?.split(",").map((member) => member.trim())).toEqual(members(32));
  });
});
