import { describe, expect, it } from "vitest";
import { changeOf, controlWith, inForce, slotsByOrigin, walletToml, weightsEdit } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 30, fra: 20 });
const to = (version: number) => ({ kind: "rollback" as const, version });

describe("a rollback", () => {
  it("makes a new version of an old configuration and brings every user home", async () => {
    const control = await controlWith(FILE);
    const home = await inForce(control);
    await control.change(changeOf(weightsEdit({ hk: 1, sg: 1, fra: 8 }), 1));
    await control.change(changeOf(weightsEdit({ hk: 1, sg: 1, fra: 1 }), 2));

    const answer = await control.change(changeOf(to(1), 3));
    expect(answer).toMatchObject({ kind: "applied", plan: { fromVersion: 3, toVersion: 4 } });
    const back = await inForce(control);
    expect(back).toEqual({ ...home, version: 4 });
  });

  it("brings back an origin that had been removed, with its users", async () => {
    const control = await controlWith(FILE);
    const home = await inForce(control);
    const toml = walletToml({ hk: 50, fra: 20 });
    await control.change(changeOf({ kind: "apply", file: "new.toml", toml }, 1));
    expect(slotsByOrigin(await inForce(control))).not.toHaveProperty("sg");
    await control.change(changeOf(to(1), 2));
    expect((await inForce(control)).slots).toEqual(home.slots);
  });

  it("can be rolled back itself", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(weightsEdit({ hk: 10 }), 1));
    const changed = await inForce(control);
    await control.change(changeOf(to(1), 2));
    await control.change(changeOf(to(2), 3));
    expect(await inForce(control)).toEqual({ ...changed, version: 4 });
  });

  it("on trial changes nothing", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(weightsEdit({ hk: 10 }), 1));
    expect((await control.change(changeOf(to(1), 2, { dryRun: true }))).kind).toBe("planned");
    expect((await inForce(control)).version).toBe(2);
  });

  it("to the version in force is no change", async () => {
    const control = await controlWith(FILE);
    expect(await control.change(changeOf(to(1), 1))).toEqual({ kind: "unchanged", version: 1 });
  });

  it("to a version that never was is refused", async () => {
    const control = await controlWith(FILE);
    expect(await control.change(changeOf(to(7), 1))).toEqual({ kind: "no-such-version", version: 7 });
    expect((await inForce(control)).version).toBe(1);
  });
});
