// What a command loads before it begins, for which everybody waits who types one.
import { describe, expect, it } from "vitest";
import { run } from "../support/processes.ts";

/** Tells on standard error what is loaded. */
const TELL_LOADED = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      console.error(url);
      return next(url, context);
    },
  });
`)}`;

describe("a command", () => {
  it("waits for no compiler, which takes longer to load than all the rest", async () => {
    const command = ["scripts/tidegate.js", "status", "--help"];
    const { code, stdout, stderr } = await run(process.execPath, ["--import", TELL_LOADED, ...command]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("status");
    const packages = new Set(stderr.match(/(?<=\/node_modules\/)(@[^/]+\/)?[^/]+/g));
    expect(packages).toContain("commander");
    expect(packages).not.toContain("typescript");
    expect(packages).not.toContain("esbuild");
  });
});
