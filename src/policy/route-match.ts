/** Which route a request takes: the first whose host, path and method all fit. */
import { isWellFormedHost, type NormalizedPath, normalizeHost, normalizePath } from "./path.ts";

/** When a route fits. Lists that are left out fit everything. */
export interface RoutePattern {
  /** Exact, or `*.example.com` for one label or more in front; without a port, any port fits. */
  readonly hosts?: readonly string[] | undefined;
  /**
   * Segments: literal, `:name` or `*` for exactly one, and `*` as the last for all that remain, also none.
   * A slash at the end makes no difference.
   */
  readonly path: string;
  /** Case-sensitive, as methods are (RFC 9110 §9.1). */
  readonly methods?: readonly string[] | undefined;
}

export interface RouteMatcher {
  /**
   * The index of the first route that fits, or undefined.
   *
   * @param host as `splitUrl` gives it
   * @param path as `normalizePath` gives it
   */
  match(host: string, path: string, method: string): number | undefined;
}

interface Route {
  readonly index: number;
  readonly hosts: readonly HostTest[] | undefined;
  readonly methods: ReadonlySet<string> | undefined;
}

interface HostTest {
  readonly kind: "exact" | "below";
  readonly text: string;
  readonly hasPort: boolean;
}

/** A tree of segments: a request meets each node at most once, so matching is linear in the path. */
interface Node {
  readonly literals: Map<string, Node>;
  oneSegment: Node | undefined;
  /** Routes that end here, in order. */
  readonly ends: Route[];
  /** Routes that end in `*` here, in order. */
  readonly tails: Route[];
  /** The first route at or below this node. */
  lowest: number;
}

interface Request {
  readonly host: string;
  /** The host without its port. */
  readonly name: string;
  readonly path: string;
  readonly method: string;
}

const NO_ROUTE = Number.POSITIVE_INFINITY;
const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_]*$/;
const PORT = /:\d+$/;

/** Compiles routes once. Throws a RangeError on a pattern with a {@link routePatternProblem}. */
export function compileRoutes(patterns: readonly RoutePattern[]): RouteMatcher {
  const root = newNode();
  for (const [index, pattern] of patterns.entries()) {
    const problem = routePatternProblem(pattern);
    if (problem !== undefined) throw new RangeError(`Route ${index}: ${problem}`);
    insert(root, pattern, index);
  }
  return {
    match(host, path, method) {
      const name = withoutPort(host);
      const best = search(root, { host, name, path: withoutParameters(path), method }, 1, NO_ROUTE);
      return best === NO_ROUTE ? undefined : best;
    },
  };
}

/** What is wrong with a pattern, as a sentence for the operator, or undefined. For checks at the door. */
export function routePatternProblem({ hosts, path, methods }: RoutePattern): string | undefined {
  const normalized = normalizePattern(path);
  if (normalized.kind === "rejected") return normalized.reason;
  for (const segment of segmentsOf(normalized.path)) {
    if (segment.includes("*") && segment !== "*")
      return `\`*\` must be a whole segment, not part of \`${segment}\`.`;
    if (segment[0] === ":" && !PARAMETER.test(segment))
      return `\`${segment}\` is no parameter: \`:\` and a name.`;
    if (segment.includes(";"))
      return `\`${segment}\` never fits: parameters (\`;…\`) are left out when matching.`;
  }
  if (hosts?.length === 0 || methods?.length === 0)
    return "An empty list fits nothing; leave it out to fit all.";
  for (const host of hosts ?? []) {
    const text = host.startsWith("*.") ? host.slice(2) : host;
    if (text.includes("*") || !isWellFormedHost(text))
      return `\`${host}\` is no host: \`name\`, \`*.name\`, with \`:port\`.`;
  }
  return undefined;
}

function normalizePattern(path: string): NormalizedPath {
  // RFC 3987 §3.1: an operator may write a path as people read it; requests carry it as UTF-8 escapes.
  return normalizePath(path.toWellFormed().replace(/[^ -~]+/g, encodeURIComponent));
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(":");
  return colon >= 0 && PORT.test(host) ? host.slice(0, colon) : host;
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/**
 * Origins on the servlet model drop `;parameters` from a segment before they route, others give 404. So the edge drops
 * them too when it matches, and `/login;x` meets the policy of `/login`.
 */
function withoutParameters(path: string): string {
  return path.includes(";") ? path.replace(/;[^/]*/g, "").replace(/\/{2,}/g, "/") : path;
}

function insert(root: Node, { hosts, path, methods }: RoutePattern, index: number): void {
  const normalized = normalizePattern(path);
  const segments = normalized.kind === "ok" ? segmentsOf(normalized.path) : [];
  const isTail = segments[segments.length - 1] === "*";
  if (isTail) segments.pop();
  let node = root;
  node.lowest = Math.min(node.lowest, index);
  for (const segment of segments) {
    node = childFor(node, segment);
    node.lowest = Math.min(node.lowest, index);
  }
  const route = { index, hosts: hosts?.map(hostTest), methods: methods && new Set(methods) };
  (isTail ? node.tails : node.ends).push(route);
}

function childFor(node: Node, segment: string): Node {
  if (segment === "*" || segment[0] === ":") {
    node.oneSegment ??= newNode();
    return node.oneSegment;
  }
  const child = node.literals.get(segment) ?? newNode();
  node.literals.set(segment, child);
  return child;
}

function newNode(): Node {
  return { literals: new Map(), oneSegment: undefined, ends: [], tails: [], lowest: NO_ROUTE };
}

function hostTest(pattern: string): HostTest {
  const kind = pattern.startsWith("*.") ? "below" : "exact";
  const text = normalizeHost(kind === "below" ? pattern.slice(1) : pattern);
  return { kind, text, hasPort: PORT.test(text) };
}

/** The lowest index under `best` among the routes at or below a node, for the path from `start` on. */
function search(node: Node, request: Request, start: number, best: number): number {
  if (node.lowest >= best) return best;
  let found = firstFit(node.tails, request, best);
  const { path } = request;
  if (start >= path.length) return firstFit(node.ends, request, found);
  const slash = path.indexOf("/", start);
  const end = slash === -1 ? path.length : slash;
  const literal = node.literals.get(path.slice(start, end));
  if (literal !== undefined) found = search(literal, request, end + 1, found);
  if (node.oneSegment !== undefined && end > start) found = search(node.oneSegment, request, end + 1, found);
  return found;
}

function firstFit(routes: readonly Route[], request: Request, best: number): number {
  for (const route of routes) {
    if (route.index >= best) return best;
    if (route.methods !== undefined && !route.methods.has(request.method)) continue;
    if (route.hosts === undefined || route.hosts.some((test) => hostFits(test, request))) return route.index;
  }
  return best;
}

function hostFits({ kind, text, hasPort }: HostTest, request: Request): boolean {
  const host = hasPort ? request.host : request.name;
  return kind === "exact" ? host === text : host.endsWith(text) && host.length > text.length;
}
