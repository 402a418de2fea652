import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExchangeAnswer, ExchangeRequest } from "../../src/config/control-api.ts";
import { controlWith, freshEdge, reportOf, walletSnapshot, walletToml } from "./support.ts";

const NOW_MS = 1_700_000_000_000;
const PACE_MS = 5000;

/** A Control of thousands of edges, that writes down when it was asked and what it was told. */
function busyControl() {
  const control = {
    version: 1,
    askedAtMs: [] as number[],
    counts: [] as ExchangeRequest["counts"][],
    exchange: async ({ etag, counts }: ExchangeRequest): Promise<ExchangeAnswer> => {
      control.askedAtMs.push(Date.now() - NOW_MS);
      control.counts.push(counts);
      const newest = `control:${control.version}`;
      if (etag === newest) return { kind: "unchanged", nextInMs: PACE_MS };
      const snapshot = walletSnapshot({ hk: 50, sg: 50 }, control.version);
      return { kind: "snapshot", etag: newest, snapshot, nextInMs: PACE_MS };
    },
  };
  return control;
}

let colo = 0;
const newColo = (): string => `paced-colo-${++colo}`;
const at = (ms: number): void => {
  vi.setSystemTime(NOW_MS + ms);
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  // Paces are not stretched.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("an edge among thousands", () => {
  it("asks at the pace that Control has told, and goes by what it has in between", async () => {
    const control = busyControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await edge.request();
    await edge.settled();
    control.version = 2;
    for (let ms = 100; ms < PACE_MS; ms += 100) {
      at(ms);
      expect((await edge.request())?.version).toBe(1);
      await edge.settled();
    }
    at(PACE_MS);
    await edge.request();
    await edge.settled();
    expect((await edge.request())?.version).toBe(2);
    expect(control.askedAtMs).toEqual([0, PACE_MS]);
  });

  it("takes what a neighbour has asked for meanwhile", async () => {
    const controlName = newColo();
    const control = busyControl();
    const first = await freshEdge({ controlName, exchange: control.exchange });
    await first.request();
    await first.settled();
    at(3000);
    control.version = 2;
    const second = await freshEdge({ controlName, exchange: control.exchange });
    await second.request();
    await second.settled();
    at(3900);
    await first.request();
    await first.settled();
    expect((await first.request())?.version).toBe(2);
    expect(control.askedAtMs).toEqual([0, 3000]);
  });

  it("of a release begins with what a neighbour of the same release has, and asks for itself without one", async () => {
    const controlName = newColo();
    const control = busyControl();
    for (const release of ["one", "one", "two"]) {
      const edge = await freshEdge({ controlName, exchange: control.exchange, release });
      expect((await edge.request())?.version).toBe(1);
      await edge.settled();
    }
    expect(control.askedAtMs).toHaveLength(2);
  });

  it("tells all that was counted once, with its next exchange or by a timer at twice the pace", async () => {
    const waited: number[] = [];
    const wait = scheduler.wait.bind(scheduler);
    vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
      waited.push(Number(ms));
      await wait(1);
      vi.setSystemTime(Date.now() + Number(ms));
    });
    const control = busyControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await edge.request();
    await edge.settled();
    // The deadline of the first request runs out behind it.
    await wait(20);
    waited.length = 0;
    at(1000);
    await edge.count("a");
    await edge.count("a");
    await edge.settled();
    expect(waited).toEqual([2 * PACE_MS - 1000]);
    expect(control.askedAtMs).toEqual([0, 2 * PACE_MS]);
    expect(control.counts.at(-1)).toEqual({ a: 2 });
    await edge.count("a");
    await edge.settled();
    expect(control.counts.at(-1)).toEqual({ a: 1 });
  });
});

describe("Control", () => {
  it("tells each edge a pace by how many edges it hears", async () => {
    const control = await controlWith(walletToml({ hk: 1 }));
    const paceAfter = async (edges: number) => {
      const names = Array.from({ length: edges }, (_, index) => `edge ${index}`);
      const answers = await Promise.all(names.map((edge) => control.exchange(reportOf(edge, []))));
      return Math.max(...answers.map((answer) => ("nextInMs" in answer ? (answer.nextInMs ?? 0) : 0)));
    };
    expect(await paceAfter(1)).toBe(500);
    expect(await paceAfter(240)).toBe(600);
  });
});
