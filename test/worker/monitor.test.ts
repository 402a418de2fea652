import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MonitorPlan, MonitorReport } from "../../src/config/health-report.ts";
import { Control } from "../../src/control/control.ts";

const INTERVAL_MS = 60_000;
const HEALTH: MonitorPlan["health"] = {
  method: "GET",
  path: "/healthz",
  headers: {},
  intervalMs: INTERVAL_MS,
  timeoutMs: 1000,
  statuses: [{ from: 200, to: 299 }],
  bodyText: "",
  rise: 2,
  fall: 2,
};

let monitors = 0;

/** What origins answer, by name. */
let answers: Record<string, () => Response | Promise<Response>>;
const asked = vi.fn<typeof fetch>();
let reports: MonitorReport[];

/** A monitor of its own, with the clock in the test's hands. */
class Watch {
  readonly #stub;
  readonly plan: MonitorPlan;

  constructor(names: readonly string[], health: Partial<MonitorPlan["health"]> = {}, vantage = "") {
    monitors += 1;
    const pool = `pool-${monitors}`;
    this.plan = {
      pool,
      vantage,
      origins: names.map((name) => ({ name, url: `https://${name}.wallet.example` })),
      health: { ...HEALTH, ...health },
    };
    this.#stub = env.MONITOR.get(env.MONITOR.idFromName(`${pool} ${vantage}`));
  }

  configure(plan: MonitorPlan | undefined = this.plan): Promise<void> {
    return this.#stub.configure(plan);
  }

  stop(): Promise<void> {
    return this.#stub.configure(undefined);
  }

  records() {
    return this.#stub.records();
  }

  evict(): Promise<void> {
    return evictDurableObject(this.#stub);
  }

  alarmAtMs(): Promise<number | null> {
    return runInDurableObject(this.#stub, (_, state) => state.storage.getAlarm());
  }

  /** Moves the clock to the next alarm and lets it ring; false when none is set. */
  async ring(): Promise<boolean> {
    const atMs = await this.alarmAtMs();
    if (atMs === null) return false;
    vi.setSystemTime(atMs);
    const rang = await runDurableObjectAlarm(this.#stub);
    await allTold();
    return rang;
  }

  /** Rings until there are so many probes in all. */
  async probes(count: number): Promise<void> {
    for (let alarm = 0; alarm < 2 * count + 2 && asked.mock.calls.length < count; alarm++) await this.ring();
    expect(asked).toHaveBeenCalledTimes(count);
  }
}

/** Probes are not awaited by their alarm; each tells Control once it has ended. */
function allTold(): Promise<void> {
  return vi.waitFor(() => expect(reports).toHaveLength(asked.mock.calls.length), { interval: 1 });
}

const nameOf = (input: RequestInfo | URL): string => new URL(String(input)).hostname.split(".")[0] ?? "";
const ok = () => new Response("ready");

beforeEach(async () => {
  // A day ahead of the real clock, by which alarms ring on their own.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  answers = {};
  reports = [];
  asked.mockReset();
  asked.mockImplementation(async (input) => (answers[nameOf(input)] ?? ok)());
  vi.spyOn(globalThis, "fetch").mockImplementation(asked);
  vi.spyOn(Control.prototype, "probed").mockImplementation(async (report) => {
    reports.push(report);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a probe", () => {
  it("is one request for the path of the health check, with its headers, following no redirect", async () => {
    const watch = new Watch(["hk"], { path: "/live?deep=1", headers: { "x-probe": "tidegate" } });
    await watch.configure();
    await watch.probes(1);
    const [target, init] = asked.mock.calls[0] ?? [];
    expect(String(target)).toBe("https://hk.wallet.example/live?deep=1");
    expect(init).toMatchObject({ method: "GET", redirect: "manual" });
    const headers = new Headers(init?.headers);
    expect(headers.get("x-probe")).toBe("tidegate");
    expect(headers.get("user-agent")).toBe("Tidegate-Monitor");
  });

  it.each<[string, Partial<MonitorPlan["health"]>, () => Response | Promise<Response>, string, number]>([
    ["an expected status", {}, ok, "ok", 200],
    ["another status", {}, () => new Response("", { status: 503 }), "status", 503],
    [
      "a redirect, which is never followed",
      {},
      () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }),
      "status",
      302,
    ],
    [
      "a redirect that is expected",
      { statuses: [{ from: 302, to: 302 }] },
      () => new Response(null, { status: 302 }),
      "ok",
      302,
    ],
    ["the text that a good body has", { bodyText: "read" }, ok, "ok", 200],
    ["a body without the text", { bodyText: "READY" }, ok, "body", 200],
    [
      "a text beyond the part of the body that is read",
      { bodyText: "end" },
      () => new Response(`${"x".repeat(300_000)}end`),
      "body",
      200,
    ],
    ["no answer", {}, () => Promise.reject(new Error("connection refused")), "disconnected", 0],
  ])("finds %s", async (_, health, answer, reason, status) => {
    answers.hk = answer;
    const watch = new Watch(["hk"], health);
    await watch.configure();
    await watch.probes(1);
    const record = { passed: reason === "ok", reason, status };
    expect((await watch.records()).hk).toEqual([expect.objectContaining(record)]);
    expect(reports).toMatchObject([{ origin: "hk", record }]);
  });

  it("that gets no answer in time has timed out, and keeps nobody waiting", async () => {
    asked.mockImplementation(
      (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    const watch = new Watch(["hk"], { timeoutMs: 20 });
    await watch.configure();
    await watch.probes(1);
    expect(reports).toMatchObject([{ record: { passed: false, reason: "timed-out", status: 0 } }]);
  });

  it("whose body breaks off before the text has failed", async () => {
    answers.hk = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.error(new Error("reset"));
          },
        }),
      );
    const watch = new Watch(["hk"], { bodyText: "ready" });
    await watch.configure();
    await watch.probes(1);
    expect(reports).toMatchObject([{ record: { passed: false, reason: "disconnected" } }]);
  });

  it.each<[string | undefined, MonitorReport["capacity"]]>([
    ["40", { kind: "percent", percent: 40 }],
    ["75%", { kind: "percent", percent: 75 }],
    ["drain", { kind: "drain" }],
    ["0", { kind: "drain" }],
    ["lots", undefined],
    [undefined, undefined],
  ])("reads Tidegate-Capacity: %s", async (value, capacity) => {
    answers.hk = () =>
      new Response("", value === undefined ? {} : { headers: { "tidegate-capacity": value } });
    const watch = new Watch(["hk"]);
    await watch.configure();
    await watch.probes(1);
    expect(reports[0]?.capacity).toEqual(capacity);
  });
});

describe("an origin's health at a vantage", () => {
  it("falls and rises after so many probes in a row", async () => {
    const watch = new Watch(["hk"], { fall: 3, rise: 2 }, "weur");
    await watch.configure();
    const passes = [false, false, true, false, false, false, true, false, true, true];
    for (const [index, passed] of passes.entries()) {
      answers.hk = passed ? ok : () => new Response("", { status: 500 });
      await watch.probes(index + 1);
    }
    expect(reports.map(({ healthy }) => healthy)).toEqual([
      ...[true, true, true, true, true, false],
      ...[false, false, false, true],
    ]);
    expect(reports[0]).toMatchObject({ pool: watch.plan.pool, vantage: "weur", origin: "hk" });
  });

  it("is known after an eviction: the count goes on", async () => {
    answers.hk = () => new Response("", { status: 500 });
    const watch = new Watch(["hk"], { fall: 2 });
    await watch.configure();
    await watch.probes(1);
    await watch.evict();
    await watch.probes(2);
    expect(reports.map(({ healthy }) => healthy)).toEqual([true, false]);
  });

  it("is kept though Control cannot be told", async () => {
    vi.spyOn(Control.prototype, "probed").mockRejectedValue(new Error("gone"));
    const watch = new Watch(["hk"]);
    await watch.configure();
    const atMs = await watch.alarmAtMs();
    vi.setSystemTime(atMs ?? 0);
    await runDurableObjectAlarm(env.MONITOR.get(env.MONITOR.idFromName(`${watch.plan.pool} `)));
    await vi.waitFor(async () => expect((await watch.records()).hk).toHaveLength(1));
    expect(await watch.alarmAtMs()).toBeGreaterThan(atMs ?? 0);
  });
});

describe("the probes of a pool", () => {
  it("come once an interval for each origin, spread evenly and never in step", async () => {
    const names = ["hk", "sg", "fra"];
    const watch = new Watch(names);
    await watch.configure();
    await watch.probes(9);
    const atMs = asked.mock.calls.map(([input], index) => ({
      name: nameOf(input),
      atMs: reports[index]?.record.atMs ?? 0,
    }));
    for (const name of names) expect(atMs.filter((probe) => probe.name === name)).toHaveLength(3);
    atMs.forEach(({ atMs: thisMs }, index) => {
      const before = atMs[index - 1];
      if (before === undefined) return;
      expect(Math.abs(thisMs - before.atMs - INTERVAL_MS / 3)).toBeLessThanOrEqual(20);
    });
  });

  it("of two vantages come at different times", async () => {
    const one = new Watch(["hk"], {}, "weur");
    const other = new Watch(["hk"], {}, "apac");
    await Promise.all([one.configure(), other.configure()]);
    const [a, b] = await Promise.all([one.alarmAtMs(), other.alarmAtMs()]);
    expect(Math.abs((a ?? 0) - (b ?? 0))).toBeGreaterThan(50);
  });

  it("do not wait for one that hangs", async () => {
    const hanging = Promise.withResolvers<Response>();
    answers.hk = () => hanging.promise;
    const watch = new Watch(["hk", "sg"]);
    await watch.configure();
    const stub = env.MONITOR.get(env.MONITOR.idFromName(`${watch.plan.pool} `));
    for (let alarm = 0; alarm < 6; alarm++) {
      vi.setSystemTime((await watch.alarmAtMs()) ?? 0);
      await runDurableObjectAlarm(stub);
    }
    await vi.waitFor(() => expect(reports.length).toBeGreaterThanOrEqual(2));
    expect(reports.every(({ origin }) => origin === "sg")).toBe(true);
    hanging.resolve(ok());
    await allTold();
  });

  it("are kept, the last 50 of each origin, newest first", async () => {
    const watch = new Watch(["hk", "sg"]);
    await watch.configure();
    await watch.probes(106);
    const records = await watch.records();
    for (const name of ["hk", "sg"]) {
      const times = records[name]?.map(({ atMs }) => atMs) ?? [];
      expect(times).toHaveLength(50);
      expect(times).toEqual([...times].sort((a, b) => b - a));
      const last = reports.filter(({ origin }) => origin === name).at(-1);
      expect(times[0]).toBe(last?.record.atMs);
    }
  });
});

describe("a monitor's schedule", () => {
  it("begins within an interval after the plan", async () => {
    const watch = new Watch(["hk"]);
    await watch.configure();
    const inMs = ((await watch.alarmAtMs()) ?? 0) - Date.now();
    expect(inMs).toBeGreaterThan(0);
    expect(inMs).toBeLessThanOrEqual(INTERVAL_MS + 10);
  });

  it("survives an eviction: the alarm that wakes the object probes", async () => {
    const watch = new Watch(["hk"]);
    await watch.configure();
    await watch.evict();
    expect(await watch.ring()).toBe(true);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("goes on when the object is evicted between all probes, as it is at long intervals", async () => {
    const watch = new Watch(["hk", "sg"], { intervalMs: 600_000 });
    await watch.configure();
    for (let alarm = 0; alarm < 4; alarm++) {
      await watch.evict();
      await watch.ring();
    }
    expect(asked.mock.calls.map(([input]) => nameOf(input)).sort()).toEqual(["hk", "hk", "sg", "sg"]);
  });

  it("is not disturbed when Control tells the same plan again", async () => {
    const watch = new Watch(["hk", "sg"]);
    await watch.configure();
    await watch.probes(1);
    const alarmAtMs = await watch.alarmAtMs();
    vi.setSystemTime(Date.now() + 100);
    await watch.configure();
    await watch.configure(structuredClone(watch.plan));
    expect(await watch.alarmAtMs()).toBe(alarmAtMs);
    await watch.probes(4);
    expect((await watch.records()).hk).toHaveLength(2);
  });

  it("is not disturbed when Control tells the same plan again after an eviction", async () => {
    const watch = new Watch(["hk"]);
    await watch.configure();
    const alarmAtMs = await watch.alarmAtMs();
    await watch.evict();
    await watch.configure();
    expect(await watch.alarmAtMs()).toBe(alarmAtMs);
    await watch.ring();
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("is the new plan's from when it is told", async () => {
    const watch = new Watch(["hk", "sg"]);
    await watch.configure();
    await watch.probes(2);
    const origins = [
      { name: "sg", url: "https://sg.wallet.example" },
      { name: "fra", url: "https://fra.wallet.example" },
    ];
    await watch.configure({ ...watch.plan, origins, health: { ...HEALTH, path: "/new" } });
    expect(Object.keys(await watch.records())).toEqual(["sg", "fra"]);
    expect((await watch.records()).sg).toHaveLength(1);
    await watch.probes(4);
    const later = asked.mock.calls.slice(2).map(([input]) => String(input));
    expect(later.sort()).toEqual(["https://fra.wallet.example/new", "https://sg.wallet.example/new"]);
  });

  it("ends when the monitor is told to stop, and nothing is kept", async () => {
    const watch = new Watch(["hk"]);
    await watch.configure();
    await watch.probes(1);
    await watch.stop();
    expect(await watch.alarmAtMs()).toBeNull();
    expect(await watch.records()).toEqual({});
    await watch.evict();
    expect(await watch.ring()).toBe(false);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("begins anew when the monitor is told to work again", async () => {
    const watch = new Watch(["hk"]);
    await watch.configure();
    await watch.stop();
    await watch.configure();
    await watch.probes(1);
  });

  it("ends when it is told so during a probe, which leaves nothing behind", async () => {
    const hanging = Promise.withResolvers<Response>();
    answers.hk = () => hanging.promise;
    const watch = new Watch(["hk"]);
    await watch.configure();
    vi.setSystemTime((await watch.alarmAtMs()) ?? 0);
    await runDurableObjectAlarm(env.MONITOR.get(env.MONITOR.idFromName(`${watch.plan.pool} `)));
    expect(asked).toHaveBeenCalledTimes(1);
    await watch.stop();
    hanging.resolve(new Response("", { status: 500 }));
    await watch.configure();
    expect((await watch.records()).hk).toEqual([]);
  });
});
