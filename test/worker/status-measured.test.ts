// What a status tells beside what is configured: where requests went, and how many slots the version in force has moved.
import { describe, expect, it } from "vitest";
import { bundleOf, changeOf, controlWith, exchangeOf, walletToml, weightsEdit } from "./support.ts";

const counted = (origin: string, code = "2xx") =>
  `tidegate_origin_requests_total{pool="wallet",origin="${origin}",code="${code}"}`;

describe("a status", () => {
  it("tells no measured share while nothing was asked", async () => {
    const control = await controlWith(walletToml({ hk: 50, sg: 50 }));
    const [pool] = (await control.status()).pools;
    expect(pool?.origins.map(({ measuredShare }) => measuredShare)).toEqual([undefined, undefined]);
    expect(pool?.slotsMoved).toBe(0);
  });

  it("tells the share of requests that each origin was asked for, answered or not, over all edges", async () => {
    const control = await controlWith(walletToml({ hk: 50, sg: 50 }));
    for (const edge of ["one", "other"]) {
      const counts = { [counted("hk")]: 20, [counted("hk", "none")]: 10, [counted("sg")]: 10 };
      await control.exchange(exchangeOf(bundleOf("first", 0), { edge, counts }));
    }
    const [pool] = (await control.status()).pools;
    expect(pool?.origins.map(({ measuredShare }) => measuredShare)).toEqual([0.75, 0.25]);
  });

  it("tells how many slots the version in force has moved", async () => {
    const control = await controlWith(walletToml({ hk: 50, sg: 50 }));
    await control.change(changeOf(weightsEdit({ hk: 25, sg: 75 }), 1));
    expect((await control.status()).pools[0]?.slotsMoved).toBe(1024);
    await control.change(changeOf({ kind: "rollback", version: 1 }, 2));
    expect((await control.status()).pools[0]?.slotsMoved).toBe(1024);
    await control.change(changeOf({ kind: "room", room: "none", mode: "hold" }, 3));
    expect((await control.status()).pools[0]?.slotsMoved).toBe(1024);
  });
});
