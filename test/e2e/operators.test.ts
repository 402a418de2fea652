import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { AuditRecord } from "../../src/config/audit-record.ts";
import type { Status } from "../../src/config/control-api.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { run } from "../support/processes.ts";
import { ROOT } from "../support/root.ts";

const config = (weights: readonly number[]) => ({
  pools: [
    {
      name: "wallet",
      origins: ["hk", "sg"].map((name, index) => ({
        name,
        url: `http://127.0.0.1:${9000 + index}`,
        weight: weights[index] ?? 0,
      })),
    },
  ],
  routes: [{ path: "/*", pool: "wallet" }],
});

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge({ config: config([50, 50]), edges: 2 });
});

const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await edge.cli(...args);
  expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
};
const status = async (): Promise<Status> => JSON.parse(await done("status", "--json")) as Status;
const as = (token: string, ...args: string[]) =>
  run(process.execPath, ["scripts/tidegate.js", ...args, "--url", edge.url], {
    env: { TIDEGATE_ADMIN_TOKEN: token },
  });

describe("the command", () => {
  it("waits until every active edge follows, and says so", async () => {
    await Promise.all(edge.urls.map((url) => fetch(`${url}/`)));
    expect(await done("weights", "wallet", "hk=40", "--yes")).toMatch(
      /version 2 is in force.*(all 2 active edges follow|the one active edge follows)/s,
    );
    const { edges, tag, version } = await status();
    expect({ tag, version }).toEqual({ tag: "2.0", version: 2 });
    expect(edges.length).toBeGreaterThan(0);
  });

  it("gives itself as the reason when its user gives none", async () => {
    const [record] = JSON.parse(await done("audit", "--last", "1", "--json")) as AuditRecord[];
    expect(record).toMatchObject({
      action: "weights",
      reason: "tidegate weights wallet hk=40",
      actor: { name: "token", role: "admin", via: "secret" },
      changes: [{ path: "pools.wallet.origins.hk.weight", before: 50, after: 40 }],
    });
  });

  it("shows what differs between versions, and goes back", async () => {
    expect(await done("diff", "1", "2")).toContain("pools.wallet.origins.hk.weight: 50 -> 40");
    expect(await done("rollback", "1", "--yes", "--no-wait")).toContain("version 3 is in force");
    expect(await done("diff", "1", "3")).toContain("nothing differs");
  });

  it("writes no colours into a pipe", async () => {
    expect(await done("status")).not.toContain("\u001B");
    expect(await done("status", "--watch", "--frames", "2", "--every", "0.2")).not.toContain("\u001B");
  });

  it("tells failures as JSON where that was asked for, with their exit code", async () => {
    const missing = await edge.cli("rollback", "99", "--json", "--yes");
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stderr)).toEqual({ error: expect.stringContaining("99"), exitCode: 1 });
    const wrong = await as("wrong", "status", "--json");
    expect(wrong.code).toBe(3);
    expect(JSON.parse(wrong.stderr)).toMatchObject({ exitCode: 3 });
  });
});

describe("a named token", () => {
  it("lets its holder do what the role may, under its own name, until it is revoked", async () => {
    const made = JSON.parse(await done("token", "add", "mei", "--role", "operator", "--json")) as {
      secret: string;
    };
    const by = (...args: string[]) => as(made.secret, ...args);
    expect((await by("drain", "wallet", "hk", "--yes", "--reason", "tonight's work")).code).toBe(0);
    expect((await by("undrain", "wallet", "hk", "--yes")).code).toBe(0);
    const refused = await by("token", "list");
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("mei is operator");
    expect(await done("audit", "--last", "3")).toContain("mei (operator)");
    await done("token", "revoke", "mei", "--yes");
    expect((await by("status")).code).toBe(3);
  });
});

describe("the audit", () => {
  it("is whole, and its export shows any record that was touched", async () => {
    expect(await done("audit", "verify")).toContain("verified:");
    const file = join(edge.dataDir, "audit.jsonl");
    const text = await done("audit", "export");
    await writeFile(file, text);
    expect(await done("audit", "verify", file)).toContain("verified:");
    await writeFile(file, text.replace("tonight's work", "nothing at all"));
    const touched = await edge.cli("audit", "verify", file);
    expect(touched.code).toBe(1);
    expect(touched.stderr).toContain("NOT VERIFIED");
    const [, ...rest] = text.split("\n");
    await writeFile(file, rest.join("\n"));
    expect((await edge.cli("audit", "verify", file)).code).toBe(1);
  });
});

describe("a state file", () => {
  it("brings another edge's versions, words, tokens and audit back", async () => {
    const made = JSON.parse(await done("token", "add", "jo", "--role", "viewer", "--json")) as {
      secret: string;
    };
    await done("weights", "wallet", "hk=1", "--yes", "--no-wait");
    await done("drain", "wallet", "sg", "--yes", "--no-wait");
    await done("announce", "add", "--for", "1h", "--message", "en=Slow today", "--yes", "--no-wait");
    const file = join(edge.dataDir, "state.json");
    await done("export", file);
    const before = await status();

    const lost = edge;
    const other = await startEdge({ config: config([9, 9]) });
    edge = other;
    expect(await done("import", file, "--dry-run")).toContain("pools.wallet.origins.hk.weight: 9 -> 1");
    expect((await status()).version).toBe(1);
    await done("import", file, "--yes", "--reason", "the old machine burnt");
    const after = await status();
    expect(after.version).toBe(before.version + 1);
    expect(after.pools[0]?.origins.map(({ weight, state }) => [weight, state])).toEqual([
      [1, "healthy"],
      [50, "draining"],
    ]);
    expect(after.announcements).toMatchObject([{ text: { en: "Slow today" } }]);
    expect((await as(made.secret, "whoami")).stdout).toContain("jo, viewer");
    expect(await done("audit", "verify")).toMatch(/chain .*\nchain /);
    expect(await done("history")).toContain("the old machine burnt");
    expect(await done("rollback", "1", "--yes", "--no-wait")).toContain("is in force");

    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text.replace('"reason":"the old', '"reason":"a new').replace(/"seq":1,/, '"seq":7,'),
    );
    const refused = await edge.cli("import", file, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("audit is not whole");
    await other.stop();
    edge = lost;
  });
});

describe("shell completion", () => {
  it("completes commands, options and choices in bash", async () => {
    const script = await (async () =>
      (await run(process.execPath, ["scripts/tidegate.js", "completion", "bash"], {})).stdout)();
    const complete = async (...words: string[]) => {
      const program = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _tidegate; echo "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)("bash", ["-c", program], { cwd: ROOT });
      return stdout.trim().split(" ");
    };
    expect(await complete("tidegate", "mai")).toEqual(["maintenance"]);
    expect(await complete("tidegate", "maintenance", "")).toEqual(
      expect.arrayContaining(["add", "list", "cancel"]),
    );
    expect(await complete("tidegate", "token", "add", "mei", "--role", "")).toEqual([
      "viewer",
      "operator",
      "admin",
    ]);
    expect(await complete("tidegate", "drain", "wallet", "--dr")).toEqual(["--dry-run"]);
  });
});
