import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyChains } from "../../src/config/audit-record.ts";
import { controlStub } from "../../src/config/env.ts";
import type { AuditAnswer } from "../../src/config/operator-api.ts";
import { askAdmin, postChange, postWrite } from "./admin-client.ts";
import { bundleOf, controlWith, walletToml } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 50 });

beforeEach(async () => {
  await reset();
  await controlStub(env).adopt(bundleOf("tests", 4_000_000_000_000), FILE);
});

const page = async (query: string): Promise<AuditAnswer> => (await askAdmin(`/audit${query}`)).json();
const records = async () => (await page("?after=0&limit=1000")).records;

describe("the audit", () => {
  it("has every write: who, when, what, before, after and why", async () => {
    const answers = [
      await postChange(
        { edit: { kind: "weights", pool: "wallet", weights: { hk: 40 } }, reason: "w" },
        '"1"',
      ),
      await postChange({ edit: { kind: "drain", pool: "wallet", origin: "hk" }, reason: "d" }, '"2"'),
      await postChange({ edit: { kind: "undrain", pool: "wallet", origin: "hk" }, reason: "u" }, '"2"'),
      await postChange(
        { edit: { kind: "announce", text: { en: "Slow" }, startMs: 0, endMs: 4e12 }, reason: "a" },
        '"2"',
      ),
      await postWrite(
        "/apply",
        { file: "new.toml", toml: walletToml({ hk: 9, sg: 50 }), reason: "f" },
        '"2"',
      ),
      await postChange({ edit: { kind: "rollback", version: 1 }, reason: "r" }, '"3"'),
      await postWrite("/tokens", { name: "mei", role: "viewer", reason: "t" }, '"4"'),
      await postWrite("/tokens/revoke", { name: "mei", reason: "x" }, '"4"'),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const all = await records();
    expect(all.map(({ action, reason, target }) => [action, reason, target])).toEqual([
      ["bundle", expect.stringContaining("bundle tests"), ""],
      ["weights", "w", "wallet"],
      ["drain", "d", "wallet/hk"],
      ["undrain", "u", "wallet/hk"],
      ["announce", "a", ""],
      ["apply", "f", "new.toml"],
      ["rollback", "r", "version 1"],
      ["token-add", "t", "mei (viewer)"],
      ["token-revoke", "x", "mei (viewer)"],
    ]);
    expect(all[1]).toMatchObject({
      actor: { name: "token", role: "admin", via: "secret" },
      fromVersion: 1,
      toVersion: 2,
      changes: [{ path: "pools.wallet.origins.hk.weight", before: 50, after: 40 }],
    });
    expect(all[3]?.changes).toContainEqual({
      path: "overrides.drain 1 of wallet/hk.until",
      before: "taken back",
    });
    expect(verifyChains(all)).toMatchObject({ kind: "ok", records: 9 });
  });

  it("has nothing of what was refused, conflicted or only tried", async () => {
    const edit = { kind: "weights", pool: "wallet", weights: { hk: 40 } };
    await postChange({ edit, dryRun: true }, '"1"');
    await postChange({ edit }, '"7"');
    await postChange({ edit: { ...edit, pool: "none" } }, '"1"');
    await postChange({ edit: { ...edit, weights: { hk: 50 } } }, '"1"');
    expect(await records()).toHaveLength(1);
  });

  it("comes in pages: the newest, or on from a number", async () => {
    for (const version of [1, 2, 3, 4]) {
      const edit = { kind: "weights", pool: "wallet", weights: { hk: version } };
      await postChange({ edit, reason: `r${version}` }, `"${version}"`);
    }
    const reasonsOf = ({ records: all }: AuditAnswer) => all.map(({ reason }) => reason);
    expect(reasonsOf(await page("?limit=2"))).toEqual(["r3", "r4"]);
    const first = await page("?after=1&limit=2");
    expect([reasonsOf(first), first.hasMore]).toEqual([["r1", "r2"], true]);
    const second = await page(`?after=${first.last}&limit=2`);
    expect([reasonsOf(second), second.hasMore]).toEqual([["r3", "r4"], false]);
  });

  it.each(["?limit=0", "?limit=1001", "?after=-1", "?after=x", "?other=1"])("refuses %s", async (query) => {
    expect((await askAdmin(`/audit${query}`)).status).toBe(400);
  });

  it("cannot be written or deleted from outside", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect((await askAdmin("/audit", { method })).status).toBe(404);
    }
  });
});

describe("versions", () => {
  it("are kept and can be gone back to beyond 200", async () => {
    const control = await controlWith(FILE);
    const actor = { name: "tests", role: "admin", via: "token", address: "" } as const;
    for (let version = 1; version <= 230; version += 1) {
      await control.change({
        edit: { kind: "weights", pool: "wallet", weights: { hk: 1000 + version } },
        basedOn: { version, revision: undefined },
        dryRun: false,
        actor,
        reason: "one of many",
        ownHosts: [],
      });
    }
    expect(await control.history()).toHaveLength(231);
    expect(await control.diff(2, 230)).toEqual([
      { path: "pools.wallet.origins.hk.weight", before: 1001, after: 1229 },
    ]);
    expect(await control.diff(2, 999)).toBeUndefined();
  }, 30_000);

  it("differ over the API as far as they are there", async () => {
    await postChange({ edit: { kind: "weights", pool: "wallet", weights: { hk: 40 } } }, '"1"');
    expect(await (await askAdmin("/diff?from=2&to=1")).json()).toEqual({
      from: 2,
      to: 1,
      diff: [{ path: "pools.wallet.origins.hk.weight", before: 40, after: 50 }],
    });
    expect((await askAdmin("/diff?from=1&to=9")).status).toBe(404);
    for (const query of ["", "?from=1", "?from=a&to=1", "?from=1&to=1&more=1"])
      expect((await askAdmin(`/diff${query}`)).status).toBe(400);
  });
});
