import { describe, expect, it } from "vitest";
import {
  bundleOf,
  changeOf,
  controlWith,
  exchangeOf,
  inForce,
  newControl,
  slotsByOrigin,
  snapshotOf,
  walletToml,
  weightsEdit,
} from "./support.ts";

const FILE = walletToml({ hk: 2, sg: 1, fra: 1 });
const CHANGED_FILE = walletToml({ hk: 1, sg: 1, fra: 2 });

describe("a new Control object", () => {
  it("asks the first edge for its bundled file and makes it version 1", async () => {
    const control = newControl();
    const bundle = bundleOf("first", 1000);
    expect(await control.exchange(exchangeOf(bundle))).toEqual({ kind: "send-bundle" });
    const snapshot = snapshotOf(await control.adopt(bundle, FILE));
    expect(snapshot.version).toBe(1);
    expect(slotsByOrigin(snapshot)).toEqual({ hk: 2048, sg: 1024, fra: 1024 });
  });

  it("makes one version of it, also when several edges send it", async () => {
    const control = newControl();
    const bundle = bundleOf("first", 1000);
    const answers = await Promise.all([1, 2, 3].map(() => control.adopt(bundle, FILE)));
    expect(answers.map((answer) => snapshotOf(answer).version)).toEqual([1, 1, 1]);
    expect(await control.history()).toHaveLength(1);
  });

  it("adopts a file whose deployment time is unknown", async () => {
    const control = newControl();
    expect(snapshotOf(await control.adopt(bundleOf("first", 0), FILE)).version).toBe(1);
  });

  it("makes no version of a file with mistakes, and goes on asking", async () => {
    const control = newControl();
    const bundle = bundleOf("broken", 1000);
    expect(await control.adopt(bundle, walletToml({ hk: -1 }))).toEqual({ kind: "unchanged" });
    expect(await control.status()).toMatchObject({ version: 0, pools: [], rooms: [], overrides: [] });
    expect(await control.exchange(exchangeOf(bundle))).toEqual({ kind: "send-bundle" });
  });

  it("has nothing to change yet", async () => {
    const change = changeOf(weightsEdit({ hk: 1 }), 0);
    expect(await newControl().change(change)).toEqual({ kind: "conflict", version: 0 });
  });
});

describe("an edge that has the snapshot in force", () => {
  it("is told nothing until something changes, and then the new snapshot", async () => {
    const control = await controlWith(FILE);
    const bundle = bundleOf("first", 1000);
    const first = await control.exchange(exchangeOf(bundle));
    const etag = first.kind === "snapshot" ? first.etag : "";
    expect(etag).not.toBe("");
    expect(await control.exchange(exchangeOf(bundle, { etag }))).toEqual({
      kind: "unchanged",
      nextInMs: 500,
    });

    await control.change(changeOf(weightsEdit({ hk: 1 }), 1));
    const next = await control.exchange(exchangeOf(bundle, { etag }));
    expect(snapshotOf(next).version).toBe(2);
    expect(next).not.toMatchObject({ etag });
  });

  it("gets the snapshot of another Control object, though its version has the same number", async () => {
    const [one, other] = await Promise.all([controlWith(FILE), controlWith(CHANGED_FILE)]);
    const bundle = bundleOf("first", 1000);
    const answer = await one.exchange(exchangeOf(bundle));
    const etag = answer.kind === "snapshot" ? answer.etag : "";
    expect((await other.exchange(exchangeOf(bundle, { etag }))).kind).toBe("snapshot");
  });
});

describe("the same file in a newer deployment", () => {
  it("leaves live weights alone", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(weightsEdit({ hk: 0 }), 1));
    const answer = await control.exchange(exchangeOf(bundleOf("first", 2000)));
    expect(snapshotOf(answer).version).toBe(2);
    expect(slotsByOrigin(snapshotOf(answer))).toEqual({ hk: 0, sg: 2048, fra: 2048 });
  });

  it("is noted, so that what was deployed before it is older", async () => {
    const control = await controlWith(FILE);
    await control.exchange(exchangeOf(bundleOf("first", 3000)));
    const between = await control.exchange(exchangeOf(bundleOf("changed", 2000)));
    expect(snapshotOf(between).version).toBe(1);
  });
});

describe("a changed file in a newer deployment", () => {
  const newer = bundleOf("changed", 2000);

  it("becomes one new version, which replaces live weights", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(weightsEdit({ hk: 0 }), 1));
    expect(await control.exchange(exchangeOf(newer))).toEqual({ kind: "send-bundle" });
    const snapshot = snapshotOf(await control.adopt(newer, CHANGED_FILE));
    expect(snapshot.version).toBe(3);
    expect(slotsByOrigin(snapshot)).toEqual({ hk: 1024, sg: 1024, fra: 2048 });

    expect(snapshotOf(await control.adopt(newer, CHANGED_FILE)).version).toBe(3);
    expect(snapshotOf(await control.exchange(exchangeOf(newer))).version).toBe(3);
    expect((await control.history()).map(({ kind }) => kind)).toEqual(["bundle", "weights", "bundle"]);
  });

  it("moves only the users that must move", async () => {
    const control = await controlWith(FILE);
    const before = await inForce(control);
    const after = snapshotOf(await control.adopt(newer, CHANGED_FILE));
    const wasAt = before.slots.wallet?.slots ?? new Uint8Array();
    const moved = [...wasAt].filter((owner, slot) => owner !== after.slots.wallet?.slots[slot]);
    expect(moved).toHaveLength(1024);
    expect(new Set(moved)).toEqual(new Set([0]));
  });

  it("is not undone by edges of the older deployment that are still running", async () => {
    const control = await controlWith(FILE);
    await control.adopt(newer, CHANGED_FILE);
    expect(snapshotOf(await control.exchange(exchangeOf(bundleOf("first", 1000)))).version).toBe(2);
    expect(snapshotOf(await control.adopt(bundleOf("first", 1000), FILE)).version).toBe(2);
  });

  it("with mistakes never replaces a good one, and is asked for once", async () => {
    const control = await controlWith(FILE);
    expect(snapshotOf(await control.adopt(newer, walletToml({ hk: -1 }))).version).toBe(1);
    expect(snapshotOf(await control.exchange(exchangeOf(newer))).version).toBe(1);
    expect(await control.history()).toHaveLength(1);
  });
});

describe("a changed file in an older deployment", () => {
  it("never becomes a version", async () => {
    const control = await controlWith(FILE);
    const older = bundleOf("changed", 500);
    expect(snapshotOf(await control.exchange(exchangeOf(older))).version).toBe(1);
    expect(snapshotOf(await control.adopt(older, CHANGED_FILE)).version).toBe(1);
    expect(await control.history()).toHaveLength(1);
  });
});
