/** What an operator may do to the configuration, as pure edits of the file's data. */
import type { ConfigProblem, ConfigSource, Loaded, LoadOptions } from "./load.ts";
import { checkConfig, loadConfig } from "./load.ts";

export type Edit =
  | { readonly kind: "apply"; readonly file: string; readonly toml: string }
  | { readonly kind: "weights"; readonly pool: string; readonly weights: Readonly<Record<string, number>> }
  | { readonly kind: "rollback"; readonly version: number };

/** The configuration after `apply` or `weights`, checked as a whole; all problems at once. */
export function editConfig(
  current: ConfigSource,
  edit: Exclude<Edit, { kind: "rollback" }>,
  options: Omit<LoadOptions, "file">,
): Loaded {
  if (edit.kind === "apply") return loadConfig(edit.toml, { ...options, file: edit.file });
  return editWeights(current, edit.pool, edit.weights, options);
}

/** Not told beside a name that is not known: its weight may have been meant for the origin that now has none. */
const ALL_WEIGHTS_ZERO = "TG1405";

interface WeighedSource {
  pools: { name: string; origins: { name: string; weight: number }[] }[];
}

function editWeights(
  current: ConfigSource,
  poolName: string,
  weights: Readonly<Record<string, number>>,
  options: Omit<LoadOptions, "file">,
): Loaded {
  // A source that came through checkConfig has this shape; the new weights are checked again below.
  const source = structuredClone(current) as unknown as WeighedSource;
  const pool = source.pools.find((candidate) => candidate.name === poolName);
  if (pool === undefined) {
    const names = source.pools.map((candidate) => candidate.name).join(", ");
    return invalid("TG2001", "pool", poolName, `one of: ${names}`, `there is no pool "${poolName}"`);
  }
  const problems: ConfigProblem[] = [];
  for (const [name, weight] of Object.entries(weights)) {
    const origin = pool.origins.find((candidate) => candidate.name === name);
    if (origin === undefined) {
      const names = pool.origins.map((candidate) => candidate.name).join(", ");
      problems.push(
        problem(
          "TG2002",
          `pools.${poolName}.${name}`,
          name,
          `one of: ${names}`,
          `pool "${poolName}" has no origin "${name}"`,
        ),
      );
    } else origin.weight = weight;
  }
  const checked = checkConfig(source as unknown as ConfigSource, { ...options, file: "(weights)" });
  if (problems.length === 0) return checked;
  const more = checked.kind === "ok" ? [] : checked.problems.filter(({ code }) => code !== ALL_WEIGHTS_ZERO);
  return { kind: "invalid", problems: [...problems, ...more] };
}

function invalid(code: string, key: string, found: string, expected: string, message: string): Loaded {
  return { kind: "invalid", problems: [problem(code, key, found, expected, message)] };
}

function problem(code: string, key: string, found: string, expected: string, message: string): ConfigProblem {
  return { code, file: "(command)", line: 0, column: 0, key, found, expected, message };
}
