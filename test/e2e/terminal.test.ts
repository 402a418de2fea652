// The command on a real terminal: questions, colours, the live table; and completion in the shells themselves.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Status } from "../../src/config/control-api.ts";
import { atEnd } from "../support/cleanup.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { ROOT } from "../support/root.ts";

const SHELL_MS = 20_000;
const ESC = "\u001B";

let edge: Edge;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidegate-shell-"));
  const origins = ["hk", "sg"].map((name, index) => ({
    name,
    url: `http://127.0.0.1:${9000 + index}`,
    weight: 50,
  }));
  edge = await startEdge({ config: walletConfig(origins) });
  // As `npx` would find it.
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "scripts/tidegate.js")}" "$@"\n`;
  await writeFile(join(folder, "tidegate"), program, { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const env = () => ({
  ...process.env,
  TIDEGATE_ADMIN_TOKEN: edge.token,
  PATH: `${folder}${delimiter}${process.env.PATH ?? ""}`,
  TERM: "xterm-256color",
});

interface Terminal {
  output(): string;
  type(text: string): void;
  /** Fails with all that was shown when it does not come. */
  shows(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** A program on a pseudo-terminal of its own, which util-linux' script makes. */
function onTerminal(command: string): Terminal {
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: env(),
    stdio: ["pipe", "pipe", "pipe"],
  });
  atEnd(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  return {
    output: () => output,
    type: (text) => void child.stdin.write(text),
    shows: (pattern) => expect.poll(() => output, { timeout: SHELL_MS }).toMatch(pattern),
    ended: new Promise((resolve) => child.on("close", resolve)),
  };
}

const tidegate = (line: string) => onTerminal(`tidegate ${line} --url ${edge.url}`);

const weightOf = async () =>
  (JSON.parse((await edge.cli("status", "--json")).stdout) as Status).pools[0]?.origins[0]?.weight;

describe("on a terminal", () => {
  it(
    "a change is asked about: no changes nothing, yes does it",
    async () => {
      const no = tidegate("weights wallet hk=40");
      await no.shows(/Do it\? \[y\/N\]/);
      no.type("n\n");
      expect(await no.ended).toBe(1);
      expect(await weightOf()).toBe(50);
      const yes = tidegate("weights wallet hk=40");
      await yes.shows(/Do it\? \[y\/N\]/);
      yes.type("y\n");
      expect(await yes.ended).toBe(0);
      expect(yes.output()).toContain("version 2 is in force");
      expect(await weightOf()).toBe(40);
    },
    3 * SHELL_MS,
  );

  it(
    "a write that makes no version is shown with its diff and asked about too",
    async () => {
      const tokens = async () => JSON.parse((await edge.cli("token", "list", "--json")).stdout) as unknown[];
      const no = tidegate("token add mei --role viewer");
      await no.shows(/holders\.mei\.role: - -> viewer[\s\S]*Do it\? \[y\/N\]/);
      no.type("n\n");
      expect(await no.ended).toBe(1);
      expect(no.output()).not.toContain("tg_");
      expect(await tokens()).toEqual([]);
    },
    2 * SHELL_MS,
  );

  it(
    "the live table clears the screen, hides the cursor and gives it back, in colours",
    async () => {
      const live = tidegate("status --watch --frames 2 --every 0.2");
      expect(await live.ended).toBe(0);
      const output = live.output();
      expect(output.split(`${ESC}[H${ESC}[J`)).toHaveLength(3);
      expect(output.indexOf(`${ESC}[?25l`)).toBeLessThan(output.indexOf("POOL"));
      expect(output.lastIndexOf(`${ESC}[?25h`)).toBeGreaterThan(output.lastIndexOf("POOL"));
      expect(output).toMatch(new RegExp(`${ESC}\\[\\d+m`));
    },
    SHELL_MS,
  );
});

describe("completion", () => {
  it.each([
    ["bash", "bash --norc --noprofile -i", ""],
    ["zsh", "zsh -f -i", "autoload -U compinit && compinit -u -D; "],
  ])(
    "works in %s as a person types: Tab ends the word, and what stands there runs",
    async (shell, command, setUp) => {
      const terminal = onTerminal(command);
      terminal.type(`${setUp}source <(tidegate completion ${shell}) && echo rea''dy\n`);
      await terminal.shows(/^ready/m);
      terminal.type("tidegate mai\tca\t--he\t\n");
      await terminal.shows(/Usage: tidegate maintenance cancel/);
      terminal.type("exit\n");
      await terminal.ended;
    },
    3 * SHELL_MS,
  );

  it(
    "works in fish as fish itself completes",
    async () => {
      const complete = async (line: string) => {
        const script = `tidegate completion fish | source; complete -C ${JSON.stringify(line)}`;
        const { stdout } = await promisify(execFile)("fish", ["--no-config", "-c", script], {
          env: env(),
          timeout: SHELL_MS,
        });
        return stdout
          .trim()
          .split("\n")
          .map((one) => one.split("\t")[0]);
      };
      expect(await complete("tidegate mai")).toEqual(["maintenance"]);
      expect(await complete("tidegate maintenance ")).toEqual(
        expect.arrayContaining(["add", "list", "cancel"]),
      );
      expect(await complete("tidegate token add mei --role ")).toEqual(
        expect.arrayContaining(["viewer", "operator", "admin"]),
      );
      expect(await complete("tidegate drain wallet --dr")).toEqual(["--dry-run"]);
    },
    3 * SHELL_MS,
  );
});
