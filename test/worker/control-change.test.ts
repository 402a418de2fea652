import { describe, expect, it } from "vitest";
import { changeOf, controlWith, inForce, slotsByOrigin, walletToml, weightsEdit } from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 30, fra: 20 });

describe("a change", () => {
  it("based on the version in force is applied as the next version", async () => {
    const control = await controlWith(FILE);
    const answer = await control.change(changeOf(weightsEdit({ hk: 40, sg: 40 }), 1));
    expect(answer).toMatchObject({
      kind: "applied",
      plan: { fromVersion: 1, toVersion: 2, otherParts: [], pools: [{ pool: "wallet" }] },
    });
    const snapshot = await inForce(control);
    expect(snapshot.version).toBe(2);
    expect(slotsByOrigin(snapshot)).toEqual({ hk: 1639, sg: 1638, fra: 819 });
  });

  it("tells the share of users that move", async () => {
    const control = await controlWith(FILE);
    const answer = await control.change(changeOf(weightsEdit({ hk: 40, sg: 40 }), 1));
    expect(answer.kind === "applied" ? answer.plan.pools[0]?.moved : undefined).toBeCloseTo(0.1, 3);
  });

  it("based on another version conflicts and tells the version in force", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(weightsEdit({ hk: 40 }), 1));
    for (const basedOn of [0, 1, 3]) {
      const answer = await control.change(changeOf(weightsEdit({ hk: 1 }), basedOn));
      expect(answer).toEqual({ kind: "conflict", version: 2 });
    }
    expect((await inForce(control)).version).toBe(2);
  });

  it("of two operators at once is applied for one and conflicts for the other", async () => {
    const control = await controlWith(FILE);
    const answers = await Promise.all([
      control.change(changeOf(weightsEdit({ hk: 40 }), 1)),
      control.change(changeOf(weightsEdit({ hk: 60 }), 1)),
    ]);
    expect(answers.map(({ kind }) => kind).sort()).toEqual(["applied", "conflict"]);
    expect(await control.history()).toHaveLength(2);
  });

  it("on trial tells the same plan and changes nothing", async () => {
    const control = await controlWith(FILE);
    const edit = weightsEdit({ hk: 40, sg: 40 });
    const trial = await control.change(changeOf(edit, 1, { dryRun: true }));
    expect(trial.kind).toBe("planned");
    expect(await inForce(control)).toMatchObject({ version: 1 });
    expect(await control.history()).toHaveLength(1);
    const real = await control.change(changeOf(edit, 1));
    expect(real).toEqual({ ...trial, kind: "applied", tag: expect.any(String) });
  });

  it("that changes nothing makes no version", async () => {
    const control = await controlWith(FILE);
    const answer = await control.change(changeOf(weightsEdit({ hk: 50, sg: 30 }), 1));
    expect(answer).toEqual({ kind: "unchanged", version: 1 });
    expect(await control.history()).toHaveLength(1);
  });

  it("of a whole file replaces pools, routes and all", async () => {
    const control = await controlWith(FILE);
    const edit = { kind: "apply" as const, file: "new.toml", toml: walletToml({ tyo: 1, sg: 1 }) };
    expect((await control.change(changeOf(edit, 1))).kind).toBe("applied");
    expect(slotsByOrigin(await inForce(control))).toEqual({ tyo: 2048, sg: 2048 });
  });
});

describe("a change with mistakes", () => {
  it("changes nothing and tells every mistake", async () => {
    const control = await controlWith(FILE);
    const answer = await control.change(changeOf(weightsEdit({ hk: -1, sg: 0.5, fra: 2_000_000 }), 1));
    const problems = answer.kind === "invalid" ? answer.problems : [];
    expect(problems.map(({ code, key }) => [code, key]).sort()).toEqual([
      ["TG1202", "pools[0].origins[0].weight"],
      ["TG1202", "pools[0].origins[2].weight"],
      ["TG1203", "pools[0].origins[1].weight"],
    ]);
    expect((await inForce(control)).version).toBe(1);
    expect(await control.history()).toHaveLength(1);
  });

  it("in a file tells the places in that file", async () => {
    const control = await controlWith(FILE);
    const toml = `${walletToml({ hk: 1 })}colour = "red"\n`;
    const answer = await control.change(changeOf({ kind: "apply", file: "new.toml", toml }, 1));
    const problems = answer.kind === "invalid" ? answer.problems : [];
    expect(problems).toEqual([expect.objectContaining({ file: "new.toml", code: "TG1101", key: "colour" })]);
    expect(problems[0]?.line).toBeGreaterThan(1);
  });

  it("may be mended and sent again on the same version", async () => {
    const control = await controlWith(FILE);
    expect((await control.change(changeOf(weightsEdit({ hgk: 1 }), 1))).kind).toBe("invalid");
    expect((await control.change(changeOf(weightsEdit({ hk: 1 }), 1))).kind).toBe("applied");
  });

  it("is one that sends traffic to a host that the edge answers on", async () => {
    const control = await controlWith(FILE);
    const toml = walletToml({ hk: 1 }).replace("hk.wallet.example", "edge.example");
    const change = changeOf({ kind: "apply", file: "new.toml", toml }, 1, { ownHosts: ["edge.example"] });
    expect((await control.change(change)).kind).toBe("invalid");
  });
});

describe("a new pool", () => {
  it("may have any name that the file may have", async () => {
    const control = await controlWith(FILE);
    const toml = walletToml({ hk: 50, sg: 30, fra: 20 })
      .replace(
        "pools = [",
        'pools = [\n  { name = "constructor", origins = [{ name = "a", url = "https://a.example" }] },',
      )
      .replace("routes = [", 'routes = [\n  { path = "/c/*", pool = "constructor" },');
    expect(await control.change(changeOf({ kind: "apply", file: "new.toml", toml }, 1))).toMatchObject({
      kind: "applied",
      plan: { pools: [{ pool: "constructor", kind: "added" }] },
    });
  });
});
