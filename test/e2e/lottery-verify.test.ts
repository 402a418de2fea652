// `tidegate lottery verify` as a process: what it says of draws that are not what was promised, which no edge makes. A draw
// of a real edge is verified in rooms-events.test.ts.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LotteryView } from "../../src/config/room-api.ts";
import { run } from "../support/processes.ts";

const START_MS = 1_796_090_400_000;
const SEED = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const COMMITMENT = createHash("sha256").update(Buffer.from(SEED, "hex")).digest("hex");
const DRAWN: LotteryView = {
  event: "red-packets",
  startMs: START_MS,
  commitment: COMMITMENT,
  seed: SEED,
  prequeueMs: 1_800_000,
};
const VIEWS: Record<string, unknown> = {
  main: [{ ...DRAWN, event: "before" }, DRAWN],
  gathering: [{ ...DRAWN, seed: null }],
  swapped: [{ ...DRAWN, seed: "ff".repeat(32) }],
  broken: [{ ...DRAWN, seed: "ff" }],
  quiet: [],
  odd: { error: "what" },
};

/** Answers as an edge that lies, or that is another version. */
const server = createServer((request, response) => {
  const room = /^\/\.tidegate\/queue\/([^/]+)\/lottery$/.exec(request.url ?? "")?.[1] ?? "";
  const found = VIEWS[room];
  response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(found ?? {}));
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

const verify = (room: string, event = "red-packets", ...more: string[]) =>
  run(process.execPath, ["scripts/tidegate.js", "lottery", "verify", room, event, "--url", url, ...more]);

describe("a draw that was fair", () => {
  it("is verified, with each ticket's time and its rank among those given", async () => {
    const token = ["e30", Buffer.from('{"id":"ticket-2"}').toString("base64url"), "c2ln"].join(".");
    const finished = await verify(
      "main",
      "red-packets",
      "--ticket",
      "ticket-1",
      token,
      "AAAAAAAAAAAAAAAAAAAAAA",
    );
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stdout).toContain("verified: the seed belongs to the commitment");
    expect(finished.stdout).toMatch(/^ticket-1 +2026-12-01T[\d:.]+Z +2 of 3$/m);
    expect(finished.stdout).toMatch(/^ticket-2 +2026-12-01T[\d:.]+Z +1 of 3$/m);
    expect(finished.stdout).toMatch(/^A{22} +2026-12-01T[\d:.]+Z +3 of 3$/m);
  });

  it("is verified against the commitment that the user noted", async () => {
    const finished = await verify("main", "red-packets", "--commitment", COMMITMENT.toUpperCase());
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stdout).toContain("is the one that you noted");
  });

  it("is told as JSON", async () => {
    const { stdout } = await verify("main", "red-packets", "--json", "--ticket", "ticket-1");
    expect(JSON.parse(stdout)).toEqual({
      ...DRAWN,
      drawn: [{ ticket: "ticket-1", drawnAtMs: 1_796_089_374_147, rank: 1 }],
    });
  });
});

describe("what is no fair draw", () => {
  it.each([
    ["a seed that was chosen afterwards", "swapped", [], "the seed does not belong to the commitment"],
    ["a seed that is none", "broken", [], "the seed does not belong to the commitment"],
    ["another commitment than the noted one", "main", ["--commitment", "ab".repeat(32)], "you noted"],
    ["a draw before the start", "gathering", [], "not verified yet"],
  ])("%s is refused", async (_, room, more, words) => {
    const { code, stderr } = await verify(room, "red-packets", ...more);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  it("another commitment is told before the start too", async () => {
    const { code, stderr } = await verify("gathering", "red-packets", "--commitment", "ab".repeat(32));
    expect(code).toBe(1);
    expect(stderr).toContain("NOT VERIFIED");
  });
});

describe("a mistake in the command", () => {
  it.each([
    ["an event that is not there", "main", "red-packet", "there are: before, red-packets"],
    ["a room without a lottery", "quiet", "red-packets", "has published no lottery"],
    ["a room that is not there", "mian", "red-packets", 'there is no room "mian"'],
    ["an answer of another kind", "odd", "red-packets", "did not answer with a list of lotteries"],
  ])("%s tells the way out", async (_, room, event, words) => {
    const { code, stderr } = await verify(room, event);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  it("a commitment that is none is not understood", async () => {
    const { code, stderr } = await verify("main", "red-packets", "--commitment", "630d");
    expect(code).toBe(2);
    expect(stderr).toContain("64 hexadecimal digits");
  });
});
