/**
 * `npm run lockfile`: names every platform's packages in package-lock.json after a change of dependencies.
 * Where a registry mirror lacks another platform's binary, npm leaves it out, and then `npm ci` refuses the file.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { inProject } from "./lib/paths.ts";

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const SYSTEMS: Readonly<Record<string, string>> = {
  windows: "win32",
  win32: "win32",
  darwin: "darwin",
  linux: "linux",
};
const EXACT_VERSION = /^\d+\.\d+\.\d+[\w.-]*$/;

const path = inProject("package-lock.json");
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(readFileSync(path, "utf8"));
const added: string[] = [];
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (key in lock.packages || !EXACT_VERSION.test(version)) continue;
    lock.packages[key] = platformPackage(name, version, owner.dev === true);
    added.push(`${name}@${version}`);
  }
}
const { "": root = {}, ...others } = lock.packages;
lock.packages = {
  "": root,
  ...Object.fromEntries(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1))),
};
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? "package-lock.json is complete" : `added ${added.join(", ")}`);

/** An entry without hash and address: npm asks the registry for both on the machines that need the package. */
function platformPackage(name: string, version: string, dev: boolean): LockedPackage {
  const words = name.split(/[/-]/);
  const system =
    words.find((word) => word in SYSTEMS) ?? words.find((word) => ["android", "freebsd"].includes(word));
  if (system === undefined)
    throw new Error(`${name} names no operating system; add it to package-lock.json by hand`);
  return {
    version,
    cpu: [words.includes("arm64") ? "arm64" : "x64"],
    ...(dev ? { dev } : {}),
    ...(words.includes("musl") ? { libc: ["musl"] } : {}),
    optional: true,
    os: [SYSTEMS[system] ?? system],
  };
}
