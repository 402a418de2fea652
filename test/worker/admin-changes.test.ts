import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { ChangeAnswer, Status, VersionEntry } from "../../src/config/control-api.ts";
import { controlStub } from "../../src/config/env.ts";
import { askAdmin, postChange, postWrite } from "./admin-client.ts";
import { bundleOf, walletToml } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 30, fra: 20 });
/** Later than the deployment under test, so that its own file is the older one. */
const LATER_MS = 4_000_000_000_000;
const edit = { kind: "weights", pool: "wallet", weights: { hk: 40, sg: 40 } };

const status = async (): Promise<Status> => (await askAdmin("/status")).json();
const versionInForce = async (): Promise<number> => (await status()).version;
const answerOf = (response: Response): Promise<ChangeAnswer> => response.json();

beforeEach(async () => {
  await reset();
  await controlStub(env).adopt(bundleOf("tests", LATER_MS), FILE);
});

describe("the status", () => {
  it("tells the version in force, weights and shares", async () => {
    const well = { state: "healthy", reason: "ok", probes: [] };
    expect(await status()).toEqual({
      version: 1,
      pools: [
        {
          name: "wallet",
          kind: "normal",
          slotsMoved: 0,
          origins: [
            { name: "hk", ...well, weight: 50, effectiveWeight: 50, share: 2048 / 4096 },
            { name: "sg", ...well, weight: 30, effectiveWeight: 30, share: 1229 / 4096 },
            { name: "fra", ...well, weight: 20, effectiveWeight: 20, share: 819 / 4096 },
          ],
        },
      ],
      tag: "1.0",
      rooms: [],
      edges: expect.any(Array),
      announcements: [],
      limits: [],
      overrides: [],
      windows: [],
    });
  });
});

describe("a change over the admin API", () => {
  it("is applied and tells its plan", async () => {
    const response = await postChange({ edit, reason: "hk is slow" }, '"1"');
    expect(response.status).toBe(200);
    expect(await answerOf(response)).toMatchObject({
      kind: "applied",
      plan: { fromVersion: 1, toVersion: 2, pools: [{ pool: "wallet", moved: expect.closeTo(0.1, 3) }] },
    });
    expect(await versionInForce()).toBe(2);
    const history = await (await askAdmin("/history")).json<VersionEntry[]>();
    expect(history[0]).toMatchObject({ version: 2, kind: "weights", author: "token", reason: "hk is slow" });
  });

  it("on trial tells its plan and changes nothing", async () => {
    const response = await postChange({ edit, dryRun: true }, '"1"');
    expect(response.status).toBe(200);
    expect((await answerOf(response)).kind).toBe("planned");
    expect(await versionInForce()).toBe(1);
  });

  it("that changes nothing says so", async () => {
    const same = { kind: "weights", pool: "wallet", weights: { hk: 50 } };
    const response = await postChange({ edit: same }, '"1"');
    expect(response.status).toBe(200);
    expect(await answerOf(response)).toEqual({ kind: "unchanged", version: 1 });
  });

  it("of a room that is not there is answered 409 with the way out, and makes no version", async () => {
    const response = await postChange({ edit: { kind: "room", room: "main", mode: "hold" } }, '"1"');
    expect(response.status).toBe(409);
    expect(await answerOf(response)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining('no room "main"'),
    });
    expect(await versionInForce()).toBe(1);
  });

  it("of a file is applied, and rolled back", async () => {
    const toml = walletToml({ tyo: 1 });
    expect((await postWrite("/apply", { file: "new.toml", toml }, '"1"')).status).toBe(200);
    expect((await status()).pools[0]?.origins.map(({ name }) => name)).toEqual(["tyo"]);
    expect((await postChange({ edit: { kind: "rollback", version: 1 } }, '"2"')).status).toBe(200);
    expect(await status()).toMatchObject({ version: 3, pools: [{ origins: [{ share: 0.5 }, {}, {}] }] });
  });

  it("back to a version that never was is answered 404", async () => {
    const response = await postChange({ edit: { kind: "rollback", version: 9 } }, '"1"');
    expect(response.status).toBe(404);
    expect(await answerOf(response)).toEqual({ kind: "no-such-version", version: 9 });
  });
});

describe("a change that names no version it is based on", () => {
  it.each([
    ["no If-Match", undefined],
    ["any version", "*"],
    ["no quotes", "1"],
    ["a weak tag", 'W/"1"'],
    ["no number", '"one"'],
    ["two versions", '"1", "2"'],
    ["a negative number", '"-1"'],
  ])("is answered 428: %s", async (_, ifMatch) => {
    const response = await postChange({ edit }, ifMatch);
    expect(response.status).toBe(428);
    expect(await response.text()).toContain("If-Match");
    expect(await versionInForce()).toBe(1);
  });
});

describe("a change based on another version", () => {
  it.each(['"0"', '"2"', '"99999999999999999999"'])(
    "is answered 412 with the version in force: %s",
    async (tag) => {
      const response = await postChange({ edit }, tag);
      expect(response.status).toBe(412);
      expect(await answerOf(response)).toEqual({ kind: "conflict", version: 1 });
      expect(await versionInForce()).toBe(1);
    },
  );
});

describe("a change that is no JSON", () => {
  it.each([
    undefined,
    "text/plain",
    "text/plain;application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonp",
  ])("by its content type is answered 415: %s", async (contentType) => {
    const response = await postChange({ edit }, '"1"', { "content-type": contentType });
    expect(response.status).toBe(415);
    expect(await versionInForce()).toBe(1);
  });

  it.each(["application/json; charset=utf-8", "Application/JSON"])(
    "may say it as %s",
    async (contentType) => {
      expect((await postChange({ edit }, '"1"', { "content-type": contentType })).status).toBe(200);
    },
  );

  it.each([
    "",
    "{",
    "[]",
    "null",
    "7",
    '"text"',
    "{}",
    '{"edit":null}',
    '{"edit":{"kind":"weights","pool":"wallet","weights":{"hk":NaN}}}',
  ])("of the expected form is answered 400: %s", async (body) => {
    const response = await postChange(body, '"1"');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.any(String) });
    expect(await versionInForce()).toBe(1);
  });
});

describe("a change of another form than expected", () => {
  it.each<[string, unknown]>([
    ["a member too many", { edit, force: true }],
    ["a member too many in the edit", { edit: { ...edit, origin: "hk" } }],
    ["a misspelled member", { edit, dryrun: true }],
    ["an unknown edit", { edit: { kind: "delete", pool: "wallet" } }],
    ["a pool that is no text", { edit: { ...edit, pool: 7 } }],
    ["no weights", { edit: { ...edit, weights: {} } }],
    ["a weight as text", { edit: { ...edit, weights: { hk: "40" } } }],
    ["a weight of null, as JSON writes NaN", { edit: { ...edit, weights: { hk: Number.NaN } } }],
    ["a file, which has an endpoint of its own", { edit: { kind: "apply", file: "a.toml", toml: FILE } }],
    ["version 0", { edit: { kind: "rollback", version: 0 } }],
    ["version 1.5", { edit: { kind: "rollback", version: 1.5 } }],
    ["a trial of 1", { edit, dryRun: 1 }],
    ["a room in a mode that is none", { edit: { kind: "room", room: "main", mode: "open" } }],
    ["a room for nobody", { edit: { kind: "room", room: "main", activeLimit: 0 } }],
    ["half a user a minute", { edit: { kind: "room", room: "main", admitPerMinute: 0.5 } }],
    ["a room without a name", { edit: { kind: "room", mode: "hold" } }],
    ["a reset that says something", { edit: { kind: "room-reset", room: "main", mode: "hold" } }],
    ["a reason of 501 characters", { edit, reason: "x".repeat(501) }],
  ])("is answered 400 and changes nothing: %s", async (_, body) => {
    const response = await postChange(body, '"1"');
    expect(response.status).toBe(400);
    expect(await versionInForce()).toBe(1);
  });
});

describe("a change with mistakes", () => {
  it("is answered 422 with every problem, and changes nothing", async () => {
    const weights = { hk: -1, sg: 0.5, fra: 2_000_000 };
    const response = await postChange({ edit: { ...edit, weights } }, '"1"');
    expect(response.status).toBe(422);
    const answer = await answerOf(response);
    const problems = answer.kind === "invalid" ? answer.problems : [];
    expect(problems.map(({ key }) => key).sort()).toEqual([
      "pools[0].origins[0].weight",
      "pools[0].origins[1].weight",
      "pools[0].origins[2].weight",
    ]);
    for (const problem of problems)
      expect(problem).toMatchObject({ code: /^TG\d{4}$/, expected: /whole number/ });
    expect(await versionInForce()).toBe(1);
  });

  it("is one with a number beyond all bounds, which JSON reads as infinite", async () => {
    const body = '{"reason":"x","edit":{"kind":"weights","pool":"wallet","weights":{"hk":1e999}}}';
    const response = await postChange(body, '"1"');
    expect(response.status).toBe(422);
    expect(await answerOf(response)).toMatchObject({ problems: [{ code: "TG1201" }] });
  });

  it("is one with weights in a list, whose places are no origins", async () => {
    const response = await postChange({ edit: { ...edit, weights: [1, 2] } }, '"1"');
    expect(response.status).toBe(422);
    expect(await versionInForce()).toBe(1);
  });

  it("is one of a pool or origin that is not there, and tells which are", async () => {
    const noPool = await postChange({ edit: { ...edit, pool: "walet" } }, '"1"');
    expect(noPool.status).toBe(422);
    expect(await answerOf(noPool)).toMatchObject({
      problems: [{ code: "TG2001", expected: "one of: wallet" }],
    });
    const noOrigin = await postChange({ edit: { ...edit, weights: { hgk: 1 } } }, '"1"');
    expect(noOrigin.status).toBe(422);
    expect(await answerOf(noOrigin)).toMatchObject({
      problems: [{ code: "TG2002", expected: "one of: hk, sg, fra" }],
    });
  });

  it("is one that makes the edge its own origin", async () => {
    const toml = FILE.replace("https://hk.wallet.example", "http://edge.test");
    const response = await postWrite("/apply", { file: "new.toml", toml }, '"1"');
    expect(response.status).toBe(422);
    expect(await versionInForce()).toBe(1);
  });
});

describe("a body that is too large", () => {
  const change = JSON.stringify({ edit, reason: "x".repeat(64 * 1024) });
  const apply = JSON.stringify({ file: "big.toml", toml: "#".repeat(2 * 1024 * 1024 + 64 * 1024) });

  it.each([
    ["64 KiB for a change", "/changes", change],
    ["64 KiB for a token", "/tokens", change],
    ["2 MiB and 64 KiB for a file", "/apply", apply],
  ])("is answered 413: %s", async (_, path, body) => {
    expect((await postWrite(path, body, '"1"')).status).toBe(413);
    expect(await versionInForce()).toBe(1);
  });

  it("is answered 413 when it does not tell its length, too", async () => {
    const response = await askAdmin("/changes", {
      method: "POST",
      body: new Blob([change]).stream(),
      headers: { "content-type": "application/json", "if-match": '"1"' },
    });
    expect(response.status).toBe(413);
    expect(await versionInForce()).toBe(1);
  });

  it("is none with a file of a megabyte", async () => {
    const toml = `${FILE.replace("weight = 50", "weight = 51")}\n# ${"x".repeat(1_000_000)}\n`;
    expect((await postWrite("/apply", { file: "long.toml", toml }, '"1"')).status).toBe(200);
  });
});

describe("a change without a reason", () => {
  it.each(["", "  "])("is answered 422 and changes nothing: '%s'", async (reason) => {
    const response = await postChange({ edit, reason }, '"1"');
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ error: expect.stringContaining("reason") });
    expect(await versionInForce()).toBe(1);
  });

  it("is well when it is only tried", async () => {
    const response = await postChange({ edit, reason: "", dryRun: true }, '"1"');
    expect((await answerOf(response)).kind).toBe("planned");
  });
});

describe("a change of what is live", () => {
  const drain = { kind: "drain", pool: "wallet", origin: "hk" };

  it("counts, so that another based on the same tag conflicts", async () => {
    const { tag } = await status();
    expect(tag).toBe("1.0");
    const first = await postChange({ edit: drain }, '"1.0"');
    expect(await answerOf(first)).toMatchObject({ kind: "applied", tag: "1.1" });
    const second = await postChange({ edit: { ...drain, origin: "sg" } }, '"1.0"');
    expect(second.status).toBe(412);
    expect((await status()).tag).toBe("1.1");
    expect((await postChange({ edit: { ...drain, origin: "sg" } }, '"1.1"')).status).toBe(200);
  });

  it("conflicts of the configuration's version only when no more was asked", async () => {
    expect((await postChange({ edit: drain }, '"1"')).status).toBe(200);
    expect((await postChange({ edit: { ...drain, origin: "sg" } }, '"1"')).status).toBe(200);
  });

  it("tells each value before and after", async () => {
    const answer = await answerOf(await postChange({ edit: drain }, '"1.0"'));
    expect(answer).toMatchObject({
      diff: expect.arrayContaining([{ path: "overrides.drain 1 of wallet/hk.until", after: "taken back" }]),
    });
    const weights = await answerOf(await postChange({ edit }, '"1.1"'));
    expect(weights).toMatchObject({
      diff: [
        { path: "pools.wallet.origins.hk.weight", before: 50, after: 40 },
        { path: "pools.wallet.origins.sg.weight", before: 30, after: 40 },
      ],
    });
  });
});
