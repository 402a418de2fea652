import { describe, expect, it } from "vitest";
import {
  limitFigures,
  limitNames,
  nowOf,
  originErrors,
  originFigures,
  ourErrors,
  quantile,
  requests,
  roomFigures,
} from "../../src/dashboard/figures.ts";
import { milliseconds } from "../../src/dashboard/words.ts";

const step = (startMs: number, counts: Record<string, number>) => ({ startMs, counts, levels: {} });

describe("the dashboard's figures", () => {
  it("count users' requests, and no operator's or poll's", () => {
    expect(
      requests({ "requests proxied 2xx": 5, "requests limited 4xx": 2, "requests reserved 2xx": 9 }),
    ).toBe(7);
  });

  it("tell the edge's errors from the origins'", () => {
    const counts = {
      "requests proxied 5xx": 1,
      "requests unanswered 5xx": 2,
      "requests error 5xx": 4,
      "requests shed 5xx": 8,
      "requests limited 5xx": 16,
      "requests limited 4xx": 32,
      "requests queued 5xx": 64,
      "requests maintenance 5xx": 128,
    };
    expect([ourErrors(counts), originErrors(counts)]).toEqual([28, 3]);
  });

  it("are of the last steps, and divide by the time that has passed of them", () => {
    const steps = [0, 10_000, 20_000, 30_000].map((startMs) => step(startMs, { "requests proxied 2xx": 10 }));
    expect(nowOf(steps, 10_000, 35_000)).toEqual({ counts: { "requests proxied 2xx": 20 }, seconds: 15 });
  });

  it("tell a region's rate, errors and requests in flight", () => {
    const counts = {
      "origin wallet hk 2xx": 60,
      "origin wallet hk none": 20,
      "origin wallet sg 2xx": 20,
      "origin other hk 2xx": 1000,
      "took wallet hk 0.05": 80,
      "tookSum wallet hk": 20,
    };
    const figures = originFigures(counts, "wallet", "hk", 10);
    expect(figures).toMatchObject({ perSecond: 8, errors: 0.25, inFlight: 2 });
    expect(figures.p50Ms).toBeCloseTo(37.5);
    expect(originFigures({}, "wallet", "hk", 10)).toMatchObject({ errors: undefined });
  });

  it("take quantiles over all pools together", () => {
    expect(quantile({ "total a 0.005": 1, "total b 0.005": 1, "edge a 10": 5 }, 1, "total", "")).toBe(5);
  });

  it("make up no figure below the finest bucket", () => {
    expect(quantile({ "edge a 0.005": 100 }, 0.5, "edge", "")).toBe(5);
    expect(milliseconds(5)).toBe("≤ 5 ms");
    expect(milliseconds(undefined)).toBe("–");
  });

  it("tell what a limit denies and when it decides without its store", () => {
    const counts = {
      "limit a denied": 1,
      "limit a allowed": 2,
      "limit a open_denied": 1,
      "limit b closed": 3,
    };
    expect(limitFigures(counts, "a")).toMatchObject({ all: 4, denied: 2, deniedShare: 0.5, failedOpen: 1 });
    expect(limitFigures(counts, "b")).toMatchObject({ failedClosed: 3 });
    expect(limitNames(counts)).toEqual(["a", "b"]);
  });

  it("set what people were told against what they waited", () => {
    const counts = { "admitted main": 5, "waitSum main": 30, "waitCount main": 2, "estimateSum main": 20 };
    expect(roomFigures({ ...counts, "estimateCount main": 1 }, "main", 60)).toEqual({
      admittedPerMinute: 5,
      waitSeconds: 15,
      estimateSeconds: 20,
    });
  });
});
