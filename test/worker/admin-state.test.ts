import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyChains } from "../../src/config/audit-record.ts";
import type { ChangeAnswer, Status } from "../../src/config/control-api.ts";
import { controlStub } from "../../src/config/env.ts";
import type { AuditAnswer } from "../../src/config/operator-api.ts";
import { askAdmin, postChange, postWrite } from "./admin-client.ts";
import { bundleOf, exchangeOf, snapshotOf, walletToml } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 50 });
const start = async (toml = FILE) => {
  await reset();
  await controlStub(env).adopt(bundleOf("tests", 4_000_000_000_000), toml);
};

const status = async (): Promise<Status> => (await askAdmin("/status")).json();
const exported = async (): Promise<string> => (await askAdmin("/state")).text();
const imported = async (state: string, more: object = {}): Promise<Response> =>
  postWrite("/state", { state, ...more }, `"${(await status()).tag}"`);

const snapshotHere = async () =>
  snapshotOf(await controlStub(env).exchange(exchangeOf(bundleOf("tests", 4_000_000_000_000))));

/** The state of an edge that has seen some days. */
async function worked(): Promise<string> {
  await start();
  await postChange({ edit: { kind: "weights", pool: "wallet", weights: { hk: 1 } } }, '"1"');
  await postChange({ edit: { kind: "drain", pool: "wallet", origin: "sg" } }, '"2"');
  await postChange({ edit: { kind: "announce", text: { en: "Slow" }, startMs: 0, endMs: 4e12 } }, '"2"');
  await postWrite("/tokens", { name: "mei", role: "viewer" }, '"2"');
  return exported();
}

beforeEach(() => start());

describe("an exported state", () => {
  it("brings versions, slots, live words and tokens back into an empty Control", async () => {
    const state = await worked();
    const before = await snapshotHere();
    await start(walletToml({ other: 1 }));
    const answer = await (await imported(state)).json<ChangeAnswer>();
    expect(answer).toMatchObject({ kind: "applied", plan: { fromVersion: 1, toVersion: 3 } });
    const after = await snapshotHere();
    expect(after).toEqual({ ...before, version: 3, health: after.health });
    expect(await (await askAdmin("/tokens")).json()).toMatchObject([{ name: "mei", role: "viewer" }]);
    expect((await postChange({ edit: { kind: "rollback", version: 1 } }, '"3"')).status).toBe(200);
    expect((await status()).pools[0]?.origins.map(({ weight }) => weight)).toEqual([50, 50]);
  });

  it("counts on: no version, tag, override or announcement gets a number twice", async () => {
    const state = await worked();
    await start();
    await imported(state);
    await postChange({ edit: { kind: "undrain", pool: "wallet", origin: "sg" } }, '"3"');
    await postChange({ edit: { kind: "drain", pool: "wallet", origin: "sg" } }, '"3"');
    const { overrides, tag } = await status();
    expect(overrides.map(({ id }) => id)).toEqual([2]);
    // Three live writes in the file, the import, and two more.
    expect(tag).toBe("3.6");
  });

  it("leaves the audit of both sides, each whole", async () => {
    const state = await worked();
    await start();
    await postChange(
      { edit: { kind: "weights", pool: "wallet", weights: { hk: 7 } }, reason: "here" },
      '"1"',
    );
    await imported(state, { reason: "moved" });
    const { records } = await (await askAdmin("/audit?after=0&limit=1000")).json<AuditAnswer>();
    const check = verifyChains(records);
    expect(check.kind === "ok" ? check.heads.length : check).toBe(2);
    expect(records.map(({ reason }) => reason)).toEqual(expect.arrayContaining(["here", "moved"]));
    // And once more into the same: the same records do not come twice.
    const again = await exported();
    expect((await imported(again)).status).toBe(200);
    expect(
      verifyChains((await (await askAdmin("/audit?after=0&limit=1000")).json<AuditAnswer>()).records).kind,
    ).toBe("ok");
  });

  it("on trial tells what differs and changes nothing", async () => {
    const state = await worked();
    await start();
    const answer = await (await imported(state, { dryRun: true })).json<ChangeAnswer>();
    expect(answer).toMatchObject({
      kind: "planned",
      diff: expect.arrayContaining([
        { path: "config.pools.wallet.origins.hk.weight", before: 50, after: 1 },
        { path: "live.overrides.drain 1 of wallet/sg.until", after: "taken back" },
        { path: "live.holders.mei.role", after: "viewer" },
      ]),
    });
    expect(await status()).toMatchObject({ version: 1, overrides: [] });
    expect(await (await askAdmin("/tokens")).json()).toEqual([]);
  });

  it("is not taken when somebody else's write came first", async () => {
    const state = await worked();
    expect((await postWrite("/state", { state }, '"2.1"')).status).toBe(412);
  });
});

describe("a state file with something wrong", () => {
  const changed = (change: (state: Record<string, never>) => void) => async () => {
    const state = JSON.parse(await worked());
    change(state);
    return JSON.stringify(state);
  };
  // biome-ignore lint/suspicious/noExplicitAny: the file is broken on purpose, in places that have no type
  type Broken = any;

  it.each<[string, () => Promise<string>, number]>([
    ["no JSON", async () => "{", 409],
    ["something else", async () => JSON.stringify({ format: "other" }), 409],
    ["a member too many", changed((state: Broken) => (state.more = 1)), 409],
    ["no versions", changed((state: Broken) => (state.versions = [])), 409],
    ["versions in another order", changed((state: Broken) => state.versions.reverse()), 409],
    [
      "slots that are none",
      changed((state: Broken) => (state.versions[1].slots = '[["wallet",[],"AA"]]')),
      409,
    ],
    ["a token without a hash", changed((state: Broken) => delete state.tokens[0].sha256), 409],
    ["a role that there is not", changed((state: Broken) => (state.tokens[0].role = "root")), 409],
    [
      "an audit record that was changed",
      changed((state: Broken) => (state.audit[1].reason = "nothing")),
      409,
    ],
    ["an audit record that is missing", changed((state: Broken) => state.audit.splice(1, 1)), 409],
    [
      "a configuration with a mistake",
      changed((state: Broken) => {
        const source = JSON.parse(state.versions[0].source);
        source.pools[0].origins[0].weight = -1;
        state.versions[0].source = JSON.stringify(source);
      }),
      422,
    ],
    [
      "slots of another pool",
      changed((state: Broken) => {
        state.versions[0].slots = state.versions[0].slots.replace("wallet", "wallte");
      }),
      409,
    ],
  ])("is refused as a whole: %s", async (_, make, code) => {
    const state = await make();
    await start(walletToml({ other: 7 }));
    const before = await snapshotHere();
    const answer = await imported(state);
    expect(answer.status, await answer.clone().text()).toBe(code);
    expect(await snapshotHere()).toEqual({ ...before, health: expect.anything() });
    expect(await (await askAdmin("/tokens")).json()).toEqual([]);
  });

  it("is refused when its audit contradicts the one that is here", async () => {
    const state = await worked();
    const forged = JSON.parse(state) as { audit: { reason: string; hash: string; seq: number }[] };
    forged.audit = forged.audit.slice(0, 1);
    const [only] = forged.audit;
    if (only === undefined) throw new Error("no record");
    only.reason = "another story";
    const { hash: _, ...unsealed } = only;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(unsealed)));
    only.hash = new Uint8Array(digest).toHex();
    const answer = await imported(JSON.stringify(forged));
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("audit record");
  });
});
