/** Bundles the dashboard's script and style into the one file that the Worker carries. The same sources make the same text. */
import { createHash } from "node:crypto";
import { buildSync } from "esbuild";
import { inProject, ROOT } from "./paths.ts";

/** What browsers of the last years all know. */
const TARGET = "es2023";
/** Enough to tell builds apart in an address. */
const HASH_LENGTH = 16;

export function dashboardAssetsText(): string {
  const script = bundled("src/dashboard/main.tsx");
  const style = bundled("src/dashboard/style.css");
  const assets = {
    script: { name: `dashboard-${hashOf(script)}.js`, text: script },
    style: { name: `dashboard-${hashOf(style)}.css`, text: style },
  };
  return `${JSON.stringify(assets, null, 2)}\n`;
}

function bundled(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [inProject(entry)],
    absWorkingDir: ROOT,
    tsconfig: inProject("tsconfig.dashboard.json"),
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}
