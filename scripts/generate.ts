/** Decides nothing: writes what follows from the schema and the codes. `--check` exits 1 when a file is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { CODES } from "../src/config/codes.ts";
import { METRICS } from "../src/config/metric-names.ts";
import { grouped } from "../src/config/schema/words.ts";
import { ConfigSchema } from "../src/config/schema.ts";
import { dashboardAssetsText } from "./lib/dashboard-assets.ts";
import { openApiText } from "./openapi.ts";

/** The parts of a JSON Schema that the reference page shows. */
interface Node {
  type?: string | string[];
  description?: string;
  "x-form"?: string;
  default?: unknown;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  minItems?: number;
  maxItems?: number;
}

const ROOT = new URL("../", import.meta.url);
const NOTICE = "<!-- Written by `npm run generate` from src/config. Change it there. -->";

const GROUPS = [
  ["TG10", "The file"],
  ["TG11", "Tables and keys"],
  ["TG12", "Numbers"],
  ["TG13", "Texts, durations, times"],
  ["TG14", "Pools and origins"],
  ["TG15", "Routes"],
  ["TG16", "Limits"],
  ["TG17", "Rooms"],
  ["TG18", "Maintenance"],
  ["TG19", "Identity"],
  ["TG20", "Commands"],
  ["TG21", "Pages"],
  ["TG30", "A running edge"],
] as const;

/** The schema of the file as written, draft-07, with `x-form` (a key's form in words) for the page. */
const inputSchema = toJsonSchema(ConfigSchema, { typeMode: "input", errorMode: "ignore" }) as Node;

function schemaFile(): string {
  const { $schema: draft, ...rest } = inputSchema as Record<string, unknown>;
  const schema = { $schema: draft ?? "http://json-schema.org/draft-07/schema#", title: "Tidegate", ...rest };
  // Editors reject or show unknown keywords; the words are for the reference page only.
  const withoutForms = (key: string, value: unknown) => (key === "x-form" ? undefined : value);
  return `${JSON.stringify(schema, withoutForms, 2)}\n`;
}

function configurationPage(): string {
  const example = read("src/config/example.toml") ?? "";
  return `${NOTICE}
# The configuration

\`tidegate.toml\` says what the edge does. \`npx tidegate check tidegate.toml\` tells all mistakes of a file at once, each
with line, column, key and a code that [errors.md](errors.md) explains. The line \`#:schema ./tidegate.schema.json\` at
the top lets editors complete and check while you type.

- **Durations** are texts of a whole number and a unit: \`"250ms"\`, \`"5s"\`, \`"10m"\`, \`"1h"\`.
- **Times** are RFC 3339 with an offset: \`"2026-12-01T02:00:00+08:00"\`.
- **Names** have 1 to 64 of \`A-Z a-z 0-9 . _ -\` and begin with a letter or digit. Header and cookie names have 1 to 64
  of the characters of a token (RFC 9110 §5.6.2).
- **Keys that are not known are errors.** So are keys twice, numbers that are not finite, and files above 1 MiB.
- \`http:\` to anything but this machine is an error unless checked with \`--env development\`.

${sections(inputSchema, []).join("\n\n")}

## A complete example

\`\`\`toml
${example.trimEnd()}
\`\`\`
`;
}

/** One section for each table, outer tables first. */
function sections(table: Node, path: readonly string[]): string[] {
  const entries = Object.entries(table.properties ?? {});
  const nested = entries.filter(([, node]) => tableIn(node) !== undefined);
  const plain = entries.filter(([, node]) => tableIn(node) === undefined);
  const rows = plain.map(([key, node]) => row(key, node, table.required?.includes(key) ?? false));
  const head = ["| key | form | default | meaning |", "|---|---|---|---|"];
  return [
    ...(rows.length === 0 ? [] : [[...head, ...rows].join("\n")]),
    ...nested.flatMap(([key, node]) => section(node, [...path, key])),
  ];
}

function section(node: Node, path: readonly string[]): string[] {
  const name = path.join(".");
  const isList = node.items !== undefined;
  const heading = `## ${isList ? `[[${name}]]` : `[${name}]`}`;
  const amount = isList ? `A list of ${node.minItems ?? 0} to ${grouped(node.maxItems ?? 0)} tables. ` : "";
  const words = `${amount}${node.description ?? ""}`.trim();
  return [heading, ...(words === "" ? [] : [words]), ...sections(tableIn(node) ?? {}, path)];
}

/** The table that a key holds, alone or as a list of tables. */
function tableIn(node: Node): Node | undefined {
  if (node.properties !== undefined) return node;
  return node.items?.properties === undefined ? undefined : node.items;
}

function row(key: string, node: Node, required: boolean): string {
  const standard = node.default === undefined ? "none" : `\`${JSON.stringify(node.default)}\``;
  const cells = [`\`${key}\``, form(node), required ? "**required**" : standard, node.description ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function form(node: Node): string {
  if (node.items === undefined) return node["x-form"] ?? String(node.type);
  return `a list of ${node.minItems ?? 0} to ${node.maxItems}, each ${form(node.items)}`;
}

function errorsPage(): string {
  const codes = Object.entries(CODES);
  const groups = GROUPS.map(([prefix, title]) => {
    const texts = codes.filter(([code]) => code.startsWith(prefix)).map(codeSection);
    return [`## ${title}`, ...texts].join("\n\n");
  });
  return `${NOTICE}
# Errors

Every mistake in a configuration has a code that never changes its meaning. A message reads

\`\`\`
tidegate.toml:12:10: TG1202 pools[0].origins[1].weight: expected a whole number from 0 to 1,000,000, found -5
\`\`\`

file, line, column, code, key, what was expected and what was found. A file with a mistake never replaces a good one.

${groups.join("\n\n")}
`;
}

function codeSection([code, { title, why, way }]: [
  string,
  { title: string; why: string; way: string },
]): string {
  return `### <a id="${code.toLowerCase()}"></a>${code}: ${title}\n\n${why}\n\n**What to do.** ${way}`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, ROOT), "utf8");
  } catch {
    return undefined;
  }
}

function metricsPage(): string {
  const rows = Object.entries(METRICS).map(
    ([name, { type, help }]) => `| \`${name}\` | ${KINDS[type]} | ${help} |`,
  );
  return `${NOTICE}
# Metrics

\`/.tidegate/metrics\` tells them, of all edges together, whichever edge is asked: as Prometheus text, or as OpenMetrics to
who asks for that. Counters outlive restarts and never go back. No label has anything of a user, a path or an address:
names of the configuration and words of ours only. [operators.md](operators.md#metrics-and-alerts) says how they are read.

| metric | kind | what it is |
|---|---|---|
${rows.join("\n")}
`;
}

const KINDS = { counter: "counter", gauge: "gauge", histogram: "histogram", sums: "sum and count" } as const;

/** Every generated file: where it stands and what should be in it. */
const FILES: readonly (readonly [path: string, text: string])[] = [
  ["tidegate.schema.json", schemaFile()],
  ["docs/configuration.md", configurationPage()],
  ["docs/errors.md", errorsPage()],
  ["docs/metrics.md", metricsPage()],
  ["docs/openapi.json", openApiText()],
  ["src/operator/dashboard-assets.json", dashboardAssetsText()],
];

const stale = FILES.filter(([path, text]) => read(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale) console.error(`${path} is stale: run npm run generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) {
    writeFileSync(fileURLToPath(new URL(path, ROOT)), text);
    console.log(`wrote ${path}`);
  }
}
