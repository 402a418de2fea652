/** The configuration that bare workerd serves the bundle with: K edges that share one Control object. */

export interface WorkerdOptions {
  /** The bundle's files, which lie beside the configuration (capnp takes a leading slash for an import path). */
  readonly modules: readonly string[];
  /** Text of the tidegate.toml to run. */
  readonly toml: string;
  readonly environment: "production" | "development";
  readonly host: string;
  /** First port; edge number i listens on `port + i`. */
  readonly port: number;
  readonly edges: number;
  /** Folder for the objects' state: workerd keeps SQL on disk only. */
  readonly dataDir: string;
  /** When this configuration came to be, epoch milliseconds. */
  readonly deployedAtMs: number;
  /** A header that carries the client's place as JSON (`request.cf`), set by a trusted proxy in front. */
  readonly placeHeader?: string;
  /** Flags for V8, beside the edge's own. */
  readonly v8Flags?: readonly string[];
  /** A header that tells the client's scheme (`https`), set by a trusted proxy in front. */
  readonly protoHeader?: string;
}

/** Compatibility date and flags as in wrangler.toml, so that both run the same. */
const COMPATIBILITY = 'compatibilityDate = "2026-11-01", compatibilityFlags = ["no_nodejs_global_timers"]';

/** Secrets that a Worker gets from workerd's environment, so that they stand in no file. */
const SECRETS = [
  "TIDEGATE_SECRET",
  "TIDEGATE_ADMIN_TOKEN",
  "TIDEGATE_JWT_SECRET",
  "TIDEGATE_ALERT_SECRET",
  "UPSTASH_REDIS_REST_URL",
  "UPSTASH_REDIS_REST_TOKEN",
];

/** The Durable Object classes; their state lies in folders named by `key`, which must never change. */
const OBJECTS = [
  { binding: "CONTROL", className: "Control", key: "tidegate-control" },
  { binding: "MONITOR", className: "Monitor", key: "tidegate-monitor" },
  { binding: "LIMITER", className: "Limiter", key: "tidegate-limiter" },
  { binding: "ROOM", className: "Room", key: "tidegate-room" },
  { binding: "PLACES", className: "Places", key: "tidegate-places" },
];

function namespaceOf({ className, key }: (typeof OBJECTS)[number]): string {
  return `(className = ${text(className)}, uniqueKey = ${text(key)}, enableSql = true)`;
}

/** The capnp text for `workerd serve`. Secrets that are set in `env` are bound by name. */
export function workerdConfig(options: WorkerdOptions, env: NodeJS.ProcessEnv): string {
  const edges = Array.from({ length: options.edges }, (_, index) => index);
  const services = [
    ...edges.map((index) => `    (name = "edge${index}", worker = ${workerOf(options, env, index)})`),
    `    (name = "origins", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true)))`,
    `    (name = "data", disk = (path = ${text(options.dataDir)}, writable = true))`,
  ];
  const http = [
    ...(options.placeHeader === undefined ? [] : [`cfBlobHeader = ${text(options.placeHeader)}`]),
    ...(options.protoHeader === undefined ? [] : [`forwardedProtoHeader = ${text(options.protoHeader)}`]),
  ].join(", ");
  const sockets = edges.map(
    (index) =>
      `    (name = "edge${index}", address = ${text(`${options.host}:${options.port + index}`)}, http = (${http}), service = "edge${index}")`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = [${(options.v8Flags ?? []).map(text).join(", ")}],
  services = [
${services.join(",\n")}
  ],
  sockets = [
${sockets.join(",\n")}
  ]
);
`;
}

function workerOf(options: WorkerdOptions, env: NodeJS.ProcessEnv, index: number): string {
  const isOwner = index === 0;
  const hosts = Array.from({ length: options.edges }, (_, edge) => `${options.host}:${options.port + edge}`);
  const bindings = [
    ...OBJECTS.map(({ binding, className }) => {
      const namespace = isOwner ? text(className) : `(className = ${text(className)}, serviceName = "edge0")`;
      return `(name = ${text(binding)}, durableObjectNamespace = ${namespace})`;
    }),
    `(name = "TIDEGATE_ENV", text = ${text(options.environment)})`,
    `(name = "TIDEGATE_CONFIG", text = ${text(options.toml)})`,
    `(name = "TIDEGATE_HOSTS", text = ${text(hosts.join(","))})`,
    `(name = "VERSION", json = ${text(JSON.stringify({ id: "", tag: "", timestamp: new Date(options.deployedAtMs).toISOString() }))})`,
    ...SECRETS.filter((name) => env[name] !== undefined && env[name] !== "").map(
      (name) => `(name = "${name}", fromEnvironment = "${name}")`,
    ),
  ];
  const objects = isOwner
    ? `, durableObjectNamespaces = [${OBJECTS.map(namespaceOf).join(", ")}], durableObjectStorage = (localDisk = "data")`
    : "";
  return `(modules = [${modulesOf(options.modules)}], ${COMPATIBILITY}, bindings = [${bindings.join(", ")}], globalOutbound = "origins"${objects})`;
}

function modulesOf(names: readonly string[]): string {
  return [...names]
    .sort((a, b) => Number(b === "index.js") - Number(a === "index.js") || a.localeCompare(b))
    .map((name) => {
      const kind = name.endsWith(".js") ? "esModule" : "text";
      return `(name = ${text(name === "index.js" ? name : `./${name}`)}, ${kind} = embed ${text(name)})`;
    })
    .join(", ");
}

/** A capnp string literal. */
function text(value: string): string {
  const escaped = value.replace(/[\\"]/g, "\\$&").replace(/[\n\r\t]|[^\x20-\x7e]/g, (found) => {
    const plain: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
    return (
      plain[found] ??
      [...new TextEncoder().encode(found)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")
    );
  });
  return `"${escaped}"`;
}
