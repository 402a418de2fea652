// Vitest's global set-up of the end-to-end project: the Worker bundle is built once for all test files.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./root.ts";

export default async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, ["scripts/build.ts"], { cwd: ROOT });
}
