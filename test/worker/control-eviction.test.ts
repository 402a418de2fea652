import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { bundleOf, changeOf, controlWith, exchangeOf, inForce, walletToml, weightsEdit } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 30, fra: 20 });

/** A Control object whose slots are not those of a new table of its weights, in version 3. */
async function controlWithHistory() {
  const control = await controlWith(FILE);
  await control.change(changeOf(weightsEdit({ hk: 1, sg: 1, fra: 8 }), 1));
  await control.change(changeOf(weightsEdit({ hk: 40, sg: 40, fra: 20 }), 2));
  return control;
}

describe("Control after an eviction", () => {
  it("has the same version, configuration and slots", async () => {
    const control = await controlWithHistory();
    const before = await inForce(control);
    await evictDurableObject(control);
    expect(await inForce(control)).toEqual(before);
  });

  it("hands out a new snapshot of the same content, as what it said before may be newer than what it has kept", async () => {
    const control = await controlWithHistory();
    const bundle = bundleOf("first", 1000);
    const before = await control.exchange(exchangeOf(bundle));
    const etag = before.kind === "snapshot" ? before.etag : "";
    await evictDurableObject(control);
    const after = await control.exchange(exchangeOf(bundle, { etag }));
    expect(after).toEqual({ ...before, etag: expect.any(String) });
    expect(after).not.toMatchObject({ etag });
    const newEtag = after.kind === "snapshot" ? after.etag : "";
    expect(await control.exchange(exchangeOf(bundle, { etag: newEtag }))).toEqual({
      kind: "unchanged",
      nextInMs: 500,
    });
  });

  it("has the history, the old versions to roll back to, and the bundle it knew", async () => {
    const control = await controlWithHistory();
    const history = await control.history();
    await evictDurableObject(control);
    expect(await control.history()).toEqual(history);
    expect((await control.exchange(exchangeOf(bundleOf("first", 1000)))).kind).toBe("snapshot");
    expect((await control.exchange(exchangeOf(bundleOf("older", 500)))).kind).toBe("snapshot");
    expect((await control.change(changeOf({ kind: "rollback", version: 1 }, 3))).kind).toBe("applied");
  });

  it("counts versions on", async () => {
    const control = await controlWithHistory();
    await evictDurableObject(control);
    await control.change(changeOf(weightsEdit({ hk: 1 }), 3));
    expect((await inForce(control)).version).toBe(4);
  });
});

describe("a stored version that this release cannot read", () => {
  /** Spoils the newest version in storage and lets the object start again. */
  async function spoil(column: "source" | "slots", text: string) {
    const control = await controlWithHistory();
    await runInDurableObject(control, (_, { storage }) => {
      storage.sql.exec(`UPDATE versions SET ${column} = ? WHERE version = 3`, text);
    });
    await evictDurableObject(control);
    return control;
  }

  it("with another form of configuration is passed over for the one before it", async () => {
    const control = await spoil("source", JSON.stringify({ pools: "of a later release" }));
    expect((await inForce(control)).version).toBe(2);
    expect(await control.change(changeOf(weightsEdit({ hk: 2 }), 2))).toMatchObject({
      kind: "applied",
      plan: { fromVersion: 2, toVersion: 4 },
    });
  });

  it("with another form of slots is passed over for the one before it", async () => {
    const control = await spoil("slots", JSON.stringify({ form: "of a later release" }));
    expect((await inForce(control)).version).toBe(2);
  });

  it("is no version to roll back to", async () => {
    const control = await controlWithHistory();
    await runInDurableObject(control, (_, { storage }) => {
      storage.sql.exec("UPDATE versions SET source = ? WHERE version = 1", "{}");
    });
    expect(await control.change(changeOf({ kind: "rollback", version: 1 }, 3))).toEqual({
      kind: "no-such-version",
      version: 1,
    });
  });
});
