/** `npm run faults`: runs the fault matrix and writes what it saw to docs/faults.md. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_CELLS } from "../test/support/fault-cells.ts";
import { faultPage } from "../test/support/fault-page.ts";
import type { Seen } from "../test/support/fault-table.ts";
import { machineText } from "./lib/machine.ts";
import { inProject, ROOT } from "./lib/paths.ts";

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly meta: { readonly cell?: { readonly id: string; readonly seen: readonly Seen[] } };
    }[];
  }[];
}

const scratch = mkdtempSync(join(tmpdir(), "tidegate-faults-run-"));
const file = join(scratch, "report.json");
const vitest = spawnSync(
  process.execPath,
  [
    inProject("node_modules/vitest/vitest.mjs"),
    "run",
    "test/e2e/faults-",
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ],
  { cwd: ROOT, stdio: "inherit" },
);
const report = JSON.parse(readFileSync(file, "utf8")) as Report;
rmSync(scratch, { recursive: true, force: true });

const cells = report.testResults.flatMap(({ assertionResults }) =>
  assertionResults.flatMap(({ meta }) => meta.cell ?? []),
);
const seen = new Map(cells.map(({ id, seen }) => [id, seen]));
const day = new Date().toISOString().slice(0, 10);
writeFileSync(
  inProject("docs/faults.md"),
  faultPage(ALL_CELLS, { seen, setting: `${day}, ${machineText()}` }),
);
process.exitCode = vitest.status ?? 1;
