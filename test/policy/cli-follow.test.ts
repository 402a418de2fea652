import { describe, expect, it } from "vitest";
import { followText, progressLine, waitForEdges } from "../../scripts/cli/follow.ts";
import { watch } from "../../scripts/cli/watch.ts";
import type { Status } from "../../src/config/control-api.ts";

const edge = (follows: boolean, ageMs: number): Status["edges"][number] => ({
  name: `${follows} ${ageMs}`,
  version: 1,
  follows,
  ageMs,
});

/** What Control says of its edges, one time after the other; the last for ever. */
function clientOf(...times: readonly Status["edges"][]) {
  let asked = 0;
  const status = async () => {
    const edges = times[Math.min(asked, times.length - 1)] ?? [];
    asked += 1;
    return {
      version: 1,
      tag: "1.0",
      pools: [],
      rooms: [],
      limits: [],
      announcements: [],
      overrides: [],
      windows: [],
      edges,
    };
  };
  return { status, asked: () => asked };
}

describe("waiting for edges", () => {
  it("ends when every edge that was heard of lately follows, and shows how far it is", async () => {
    const shown: string[] = [];
    const client = clientOf([edge(true, 10), edge(false, 900)], [edge(true, 160), edge(true, 20)]);
    const followed = await waitForEdges(client, (following, active) => shown.push(`${following}/${active}`));
    expect(followed).toMatchObject({ kind: "all", following: 2, active: 2 });
    expect(shown).toEqual(["1/2"]);
    expect(followText(followed)).toMatch(/^all 2 active edges follow \(0\.\d s\)$/);
  });

  it("does not wait for an edge that serves nobody: it asks before its next request", async () => {
    const client = clientOf([edge(false, 60_000)]);
    expect((await waitForEdges(client)).kind).toBe("idle");
    expect(client.asked()).toBe(1);
  });
});

/** A stream that keeps what is written to it. */
function screen(isTTY: boolean, rows = 24) {
  const written: string[] = [];
  const stream = { isTTY, rows, write: (text: string) => written.push(text) > 0 };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join("") };
}

describe("progress", () => {
  it("is one line on a terminal that is written over, and gone at the end", () => {
    const { stream, text } = screen(true);
    const line = progressLine(stream);
    line.show(1, 3);
    line.show(2, 3);
    line.clear();
    const over = "\r\u001B[K";
    expect(text()).toBe(`${over}1 of 3 active edges follow …${over}2 of 3 active edges follow …${over}`);
  });

  it("is not there in a pipe", () => {
    const { stream, text } = screen(false);
    const line = progressLine(stream);
    line.show(1, 3);
    line.clear();
    expect(text()).toBe("");
  });
});

describe("a live table", () => {
  it("is written over itself on a terminal, with the cursor hidden, and cut where the screen ends", async () => {
    const { stream, text } = screen(true, 4);
    let count = 0;
    await watch(async () => `frame ${++count}\na\nb\nc\nd`, { everyMs: 1, frames: 2 }, stream);
    expect(text()).toBe("\u001B[?25l\u001B[H\u001B[Jframe 1\na\n…\n\u001B[H\u001B[Jframe 2\na\n…\n");
  });

  it("is one frame after the other in a pipe, without control characters", async () => {
    const { stream, text } = screen(false);
    await watch(async () => "frame", { everyMs: 1, frames: 2 }, stream);
    expect(text()).toBe("frame\nframe\n");
  });

  it("goes on when the edge does not answer for once", async () => {
    const { stream, text } = screen(false);
    const frames = [Promise.reject(new Error("cannot reach the edge")), Promise.resolve("well again")];
    await watch(async () => (await frames.shift()) ?? "", { everyMs: 1, frames: 2 }, stream);
    expect(text()).toBe("cannot reach the edge\nwell again\n");
  });
});
