/** Decides whether a text or stored data is a configuration: all of it holds, or every problem is told. */
import { checkSchema } from "./check-schema.ts";
import { lint } from "./lint.ts";
import { type ConfigProblem, type Finding, sortProblems, toProblem } from "./problem.ts";
import type { Config, ConfigSource } from "./schema.ts";
import type { TomlDocument } from "./toml.ts";
import { readToml } from "./toml-recovery.ts";

export { type ConfigProblem, formatProblem } from "./problem.ts";
export type {
  Admin,
  Config,
  ConfigSource,
  Edge,
  Ejection,
  EpochMilliseconds,
  Health,
  Hedge,
  Identity,
  Limit,
  LimitKey,
  MaintenanceWindow,
  Milliseconds,
  OnceWindow,
  Origin,
  Pool,
  Retry,
  Room,
  Route,
  SlowStart,
  StatusRange,
  Weekday,
  WeeklyWindow,
} from "./schema.ts";

/** What the checks have to know besides the configuration. */
export interface LoadOptions {
  /** The name of the file for messages. */
  file: string;
  /** `production` refuses `http:` to anything but this machine. */
  environment: "production" | "development";
  /** The edge's own addresses as `host` or `host:port`; an origin there would be a loop. */
  ownHosts?: readonly string[];
}

/** `source` is the data as written, plain and JSON-serialisable: change a weight in it and check it again. */
export type Loaded =
  | { kind: "ok"; config: Config; source: ConfigSource }
  | { kind: "invalid"; problems: ConfigProblem[] };

/** A configuration of all limits at their most is far smaller; a bigger text is a mistake or an attack. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Reads TOML text (at most 1 MiB) and checks all of it. Never throws; problems come in the order of the file. */
export function loadConfig(text: string, options: LoadOptions): Loaded {
  const { file } = options;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_TEXT_BYTES) {
    const finding: Finding = {
      code: "TG1003",
      path: [],
      at: "value",
      expected: "at most 1 MiB (1,048,576 bytes)",
      found: `${bytes} bytes`,
    };
    return { kind: "invalid", problems: [toProblem(finding, { line: 1, column: 1 }, file)] };
  }
  // A byte order mark is no part of the first line: columns count without it.
  const read = readToml(text.startsWith("\uFEFF") ? text.slice(1) : text, file);
  if (read.kind === "broken") {
    const more = read.rest === undefined ? [] : certainProblems(read.rest, file);
    return { kind: "invalid", problems: sortProblems([...read.problems, ...more]) };
  }
  const { document } = read;
  return check(document.data, options, (finding) =>
    toProblem(finding, document.locate(finding.path, finding.at), file),
  );
}

/** Checks plain data, such as the stored `source` of a version; lines and columns are 0. Never throws. */
export function checkConfig(source: unknown, options: LoadOptions): Loaded {
  return check(source, options, (finding) => toProblem(finding, { line: 0, column: 0 }, options.file));
}

function check(source: unknown, options: LoadOptions, place: (finding: Finding) => ConfigProblem): Loaded {
  const result = checkSchema(source);
  const crossed = lint(source, options);
  if (result.kind === "ok" && crossed.length === 0) {
    return { kind: "ok", config: result.config, source: source as ConfigSource };
  }
  const findings = result.kind === "ok" ? crossed : [...result.findings, ...crossed];
  return { kind: "invalid", problems: sortProblems(findings.map(place)) };
}

/** Beside syntax errors only what is wrong by itself: what seems missing may stand on an unreadable line. */
function certainProblems(document: TomlDocument, file: string): ConfigProblem[] {
  const result = checkSchema(document.data);
  if (result.kind === "ok") return [];
  return result.findings
    .filter((finding) => finding.code !== "TG1102" && finding.code !== "TG1105")
    .map((finding) => toProblem(finding, document.locate(finding.path, finding.at), file));
}
