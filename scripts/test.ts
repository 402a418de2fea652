/** `npm test`: installs what the tests lack and it can, says plainly what it cannot, then runs all of them. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inProject, ROOT } from "./lib/paths.ts";

/** Programs that tests start, and the Debian package of each. */
const TOOLS = [
  { program: "curl", debianPackage: "curl", neededFor: "end-to-end tests with a client that is not ours" },
  { program: "chromium", debianPackage: "chromium", neededFor: "pages in a real browser" },
  {
    program: "redis-server",
    debianPackage: "redis-server",
    neededFor: "the store of buckets in a real Redis",
  },
  { program: "script", debianPackage: "bsdutils", neededFor: "the command on a terminal" },
  { program: "zsh", debianPackage: "zsh", neededFor: "completion in zsh" },
  { program: "fish", debianPackage: "fish", neededFor: "completion in fish" },
  {
    program: "promtool",
    debianPackage: "prometheus",
    neededFor: "alert rules, and metrics as Prometheus reads them",
  },
];

/** Chinese, Japanese and Korean letters: what stands in their place without it is narrower, and pages would seem to fit. */
const FONT = {
  file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
  debianPackage: "fonts-noto-cjk",
};

const missing = TOOLS.filter(({ program }) => !isInstalled(program)).map((tool) => tool.debianPackage);
if (!existsSync(FONT.file)) missing.push(FONT.debianPackage);
if (missing.length > 0) installDebian(missing);
if (!existsSync(FONT.file)) {
  console.error(
    `without ${FONT.debianPackage} the width of Chinese, Japanese and Korean pages is not measured right`,
  );
}
for (const { program, debianPackage, neededFor } of TOOLS.filter((tool) => !isInstalled(tool.program))) {
  // No test is skipped for it: those that need the program fail.
  console.error(
    `"${program}" is missing and could not be installed (Debian package ${debianPackage}); needed for ${neededFor}`,
  );
}

const vitest = spawnSync(
  process.execPath,
  [inProject("node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: "inherit",
    // Hundreds of regions, commands and threads start, each in half of the CPU time when it finds its code compiled.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), ...process.env },
  },
);
process.exitCode = vitest.status ?? 1;

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function installDebian(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !isInstalled("apt-get")) return;
  console.log(`installing ${packages.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
  spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], {
    stdio: "inherit",
    env,
  });
}
