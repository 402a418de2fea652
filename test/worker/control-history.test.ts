import { describe, expect, it } from "vitest";
import { actorOf, changeOf, controlWith, newControl, walletToml, weightsEdit } from "./support.ts";

describe("the history", () => {
  it("is empty before the first version", async () => {
    expect(await newControl().history()).toEqual([]);
  });

  it("tells every version, newest first: what, who, why and when", async () => {
    const startedAtMs = Date.now();
    const control = await controlWith(walletToml({ hk: 50, sg: 30, fra: 20 }));
    await control.change(
      changeOf(weightsEdit({ hk: 10 }), 1, { actor: actorOf("mei"), reason: "hk is slow" }),
    );
    await control.change(
      changeOf({ kind: "rollback", version: 1 }, 2, { actor: actorOf("jo"), reason: "hk is well" }),
    );
    const history = await control.history();
    expect(history).toEqual([
      { version: 3, kind: "rollback", author: "jo", reason: "hk is well", atMs: expect.any(Number) },
      { version: 2, kind: "weights", author: "mei", reason: "hk is slow", atMs: expect.any(Number) },
      {
        version: 1,
        kind: "bundle",
        author: "deployment",
        reason: "bundle first0000000",
        atMs: expect.any(Number),
      },
    ]);
    for (const { atMs } of history) {
      expect(atMs).toBeGreaterThanOrEqual(startedAtMs);
      expect(atMs).toBeLessThanOrEqual(Date.now());
    }
  });

  it("does not tell of trials, conflicts and mistakes", async () => {
    const control = await controlWith(walletToml({ hk: 50, sg: 30, fra: 20 }));
    await control.change(changeOf(weightsEdit({ hk: 10 }), 1, { dryRun: true }));
    await control.change(changeOf(weightsEdit({ hk: 10 }), 9));
    await control.change(changeOf(weightsEdit({ hk: -10 }), 1));
    expect(await control.history()).toHaveLength(1);
  });
});
