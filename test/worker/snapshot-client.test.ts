import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExchangeAnswer, ExchangeRequest } from "../../src/config/control-api.ts";
import { type FreshEdge, freshEdge, walletSnapshot, walletToml } from "./support.ts";

const NOW_MS = 1_700_000_000_000;
const silence = new Promise<never>(() => undefined);

const answerOf = (version: number): ExchangeAnswer => ({
  kind: "snapshot",
  etag: `control:${version}`,
  snapshot: walletSnapshot({ hk: 50, sg: 30, fra: 20 }, version),
});

/** Names the Control object, and so the colo's cache, of one test. */
let colo = 0;
const newColo = (): string => `colo-${++colo}`;

/** A Control that has version 1, and whose version a test may change. */
function livingControl() {
  const control = {
    version: 1,
    askedAtMs: [] as number[],
    exchange: async ({ etag }: { etag: string }): Promise<ExchangeAnswer> => {
      control.askedAtMs.push(Date.now());
      return etag === `control:${control.version}` ? { kind: "unchanged" } : answerOf(control.version);
    },
  };
  return control;
}

const at = (ms: number): void => {
  vi.setSystemTime(NOW_MS + ms);
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a cold edge", () => {
  it("decides with Control's snapshot when Control answers", async () => {
    const { exchange } = livingControl();
    const edge = await freshEdge({ controlName: newColo(), exchange });
    expect((await edge.request())?.version).toBe(1);
  });

  it("sends its bundled file when Control asks for it", async () => {
    const sent: string[] = [];
    const edge = await freshEdge({
      controlName: newColo(),
      toml: walletToml({ mine: 1 }),
      exchange: async () => ({ kind: "send-bundle" }),
      adopt: async (_, toml) => {
        sent.push(toml);
        return answerOf(5);
      },
    });
    expect((await edge.request())?.version).toBe(5);
    expect(sent).toEqual([walletToml({ mine: 1 })]);
  });

  it("decides with its bundled file when Control is silent, after 100 ms", async () => {
    const wait = vi.spyOn(scheduler, "wait");
    const edge = await freshEdge({ controlName: newColo(), exchange: () => silence });
    const compiled = await edge.request();
    expect(compiled?.version).toBe(0);
    expect(compiled?.routes[0]?.pool.origins.map(({ name }) => name)).toEqual(["bundled"]);
    expect(wait.mock.calls).toEqual([[100]]);
  });

  it("decides with its bundled file at once when Control fails at once", async () => {
    const exchange = async () => Promise.reject(new Error("no such object"));
    const edge = await freshEdge({ controlName: newColo(), exchange });
    expect((await edge.request())?.version).toBe(0);
  });

  it("has nothing to decide with when its file has mistakes and Control is silent", async () => {
    const edge = await freshEdge({ controlName: newColo(), toml: "pools = 7", exchange: () => silence });
    expect(await edge.request()).toBeUndefined();
  });

  it("decides with Control's snapshot though its own file has mistakes", async () => {
    const { exchange } = livingControl();
    const edge = await freshEdge({ controlName: newColo(), toml: "pools = 7", exchange });
    expect((await edge.request())?.version).toBe(1);
  });
});

describe("a warm edge", () => {
  it("asks nobody for half a second, then asks behind a request", async () => {
    const control = livingControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await edge.request();
    control.version = 2;
    at(499);
    expect((await edge.request())?.version).toBe(1);
    expect(control.askedAtMs).toHaveLength(1);
    at(500);
    expect((await edge.request())?.version).toBe(1);
    await edge.settled();
    expect((await edge.request())?.version).toBe(2);
    expect(control.askedAtMs).toHaveLength(2);
  });

  it("asks before a request when it was idle for a second", async () => {
    const control = livingControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await edge.request();
    control.version = 2;
    at(1000);
    expect((await edge.request())?.version).toBe(2);
  });

  it("keeps its compiled snapshot while nothing changes", async () => {
    const { exchange } = livingControl();
    const edge = await freshEdge({ controlName: newColo(), exchange });
    const first = await edge.request();
    at(5000);
    expect((await edge.request()) === first).toBe(true);
  });

  it("goes on with the last snapshot when Control dies, and takes the newest when it is back", async () => {
    const control = livingControl();
    let isDead = false;
    const exchange: typeof control.exchange = (request) =>
      isDead ? Promise.reject(new Error("gone")) : control.exchange(request);
    const edge = await freshEdge({ controlName: newColo(), exchange });
    await edge.request();
    isDead = true;
    for (const ms of [2000, 10_000, 60_000, 3_600_000]) {
      at(ms);
      expect((await edge.request())?.version).toBe(1);
      await edge.settled();
    }
    isDead = false;
    control.version = 2;
    at(7_200_000);
    expect((await edge.request())?.version).toBe(2);
  });

  it("is not taken back by an older answer that arrives after a newer one", async () => {
    const late = Promise.withResolvers<ExchangeAnswer>();
    const answers = [Promise.resolve(answerOf(1)), late.promise, Promise.resolve(answerOf(3))];
    let asked = 0;
    const exchange = () => answers[asked++] ?? silence;
    const edge = await freshEdge({ controlName: newColo(), exchange });
    await edge.request();
    at(500);
    await edge.request();
    // The second question is given up after a second, and a third is put.
    at(1500);
    await edge.request();
    at(1510);
    await edge.request();
    late.resolve(answerOf(2));
    await edge.settled();
    at(1520);
    expect((await edge.request())?.version).toBe(3);
  });
});

describe("edges of one place", () => {
  it("ask Control once for all of them in half a second", async () => {
    const controlName = newColo();
    const control = livingControl();
    const first = await freshEdge({ controlName, exchange: control.exchange });
    const second = await freshEdge({ controlName, exchange: control.exchange });
    await Promise.all([first.request(), second.request()]);
    await Promise.all([first.settled(), second.settled()]);
    const asked = control.askedAtMs.length;
    at(1000);
    await first.request();
    await first.settled();
    at(1100);
    await second.request();
    await second.settled();
    expect(control.askedAtMs).toHaveLength(asked + 1);
  });

  it("ask Control themselves the first time, so that a new deployment's file is offered", async () => {
    const controlName = newColo();
    const control = livingControl();
    const first = await freshEdge({ controlName, exchange: control.exchange });
    await first.request();
    await first.settled();
    const second = await freshEdge({ controlName, exchange: control.exchange });
    await second.request();
    expect(control.askedAtMs).toHaveLength(2);
  });

  it("decide with a snapshot of at most a second's age after taking a neighbour's", async () => {
    const controlName = newColo();
    const control = livingControl();
    const first = await freshEdge({ controlName, exchange: control.exchange });
    const second = await freshEdge({ controlName, exchange: control.exchange });
    await Promise.all([first.request(), second.request()]);
    await Promise.all([first.settled(), second.settled()]);

    at(1500);
    await first.request();
    await first.settled();
    // Idle for more than a second, the second edge takes what the first one asked for 400 ms ago.
    at(1900);
    await second.request();
    await second.settled();
    control.version = 2;
    // Idle again: what it has is of 1500, so it is 1.1 s old.
    at(2600);
    expect((await second.request())?.version).toBe(2);
  });
});

describe("an edge whose clock was set back", () => {
  it("takes new snapshots all the same, and asks at its usual pace", async () => {
    const wait = scheduler.wait.bind(scheduler);
    vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
      await wait(Number(ms));
      vi.setSystemTime(Date.now() + Number(ms));
    });
    const control = livingControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await edge.request();
    control.version = 2;
    at(-60_000);
    await edge.request();
    await edge.settled();
    expect((await edge.request())?.version).toBe(2);
    const asked = control.askedAtMs.length;
    at(-59_900);
    await edge.request();
    expect(control.askedAtMs).toHaveLength(asked);
  });
});

describe("an edge whose Control takes longer than a second to answer", () => {
  it("starts at most one refresh a second", async () => {
    const wait = scheduler.wait.bind(scheduler);
    // The clock stands still in a request, so its patience need not be real.
    vi.spyOn(scheduler, "wait").mockImplementation(() => wait(1));
    const waiting: { atMs: number; answer: (answer: ExchangeAnswer) => void }[] = [];
    const askedAtMs: number[] = [];
    const exchange = (): Promise<ExchangeAnswer> => {
      const { promise, resolve } = Promise.withResolvers<ExchangeAnswer>();
      askedAtMs.push(Date.now());
      waiting.push({ atMs: Date.now() + 1300, answer: resolve });
      return promise;
    };
    const edge = await freshEdge({ controlName: newColo(), exchange });
    for (let ms = 0; ms < 20_000; ms += 100) {
      at(ms);
      for (const { atMs, answer } of waiting) if (atMs <= NOW_MS + ms) answer({ kind: "unchanged" });
      // The answers' own work ends in microtasks.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      await edge.request();
    }
    expect(askedAtMs.length).toBeLessThanOrEqual(21);
  });
});

describe("what an edge has seen of its origins", () => {
  /** A living Control that writes down what it is told. */
  function listeningControl() {
    const control = livingControl();
    const told: ExchangeRequest[] = [];
    let isDead = false;
    return {
      told,
      die: (dead: boolean) => {
        isDead = dead;
      },
      exchange: async (request: ExchangeRequest): Promise<ExchangeAnswer> => {
        told.push(structuredClone(request));
        if (isDead) throw new Error("gone");
        return control.exchange(request);
      },
    };
  }

  /** A failure at the first origin of the edge's pool. */
  async function seeFailure(edge: FreshEdge): Promise<void> {
    const origin = (await edge.request())?.routes[0]?.pool.origins[0];
    if (origin === undefined) throw new Error("no origin");
    origin.memory.hasNews = true;
    origin.memory.tried = { successes: 0, failures: 1 };
  }

  it("is told with its next exchange, once", async () => {
    const control = listeningControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await seeFailure(edge);
    at(1000);
    await edge.request();
    await edge.settled();
    at(2000);
    await edge.request();
    expect(
      control.told.map(({ reports }) => reports.map(({ origin, tried }) => [origin, tried.failures])),
    ).toEqual([[], [["hk", 1]], []]);
  });

  it("is told under one name for the edge's life, which no other edge has", async () => {
    const control = listeningControl();
    const first = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await seeFailure(first);
    at(1000);
    await first.request();
    const second = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await second.request();
    const [a, b, c] = control.told.map(({ edge }) => edge);
    expect(a).not.toBe("");
    expect(b).toBe(a);
    expect(c).not.toBe(a);
  });

  it("is told to Control itself, though a neighbour has shared a snapshot", async () => {
    const controlName = newColo();
    const control = listeningControl();
    const first = await freshEdge({ controlName, exchange: control.exchange });
    const second = await freshEdge({ controlName, exchange: control.exchange });
    await Promise.all([first.request(), second.request()]);
    await Promise.all([first.settled(), second.settled()]);
    await seeFailure(second);
    at(1000);
    await first.request();
    await first.settled();
    at(1100);
    await second.request();
    await second.settled();
    expect(control.told.at(-1)?.reports).toHaveLength(1);
  });

  it("is told again when Control could not be reached", async () => {
    const control = listeningControl();
    const edge = await freshEdge({ controlName: newColo(), exchange: control.exchange });
    await seeFailure(edge);
    control.die(true);
    at(1000);
    await edge.request();
    await edge.settled();
    control.die(false);
    at(10_000);
    await edge.request();
    await edge.settled();
    expect(control.told.at(-1)?.reports.map(({ origin, tried }) => [origin, tried.failures])).toEqual([
      ["hk", 1],
    ]);
  });
});
