/** Every endpoint of the operators' API: what it takes, what it answers, who may. The typed client and OpenAPI come from it. */
import type { Hono } from "hono";
import type * as v from "valibot";
import * as answers from "./answers.ts";
import * as edits from "./edits.ts";
import { AuditQuery, DiffQuery, HistoryQuery, SeriesQuery } from "./queries.ts";

export const ADMIN_PATH = "/.tidegate/admin/api";

export interface Endpoint {
  readonly method: "get" | "post";
  readonly path: string;
  readonly role: edits.Role;
  readonly summary: string;
  readonly query?: v.GenericSchema;
  readonly body?: v.GenericSchema;
  /** It needs `If-Match` and a reason, and its answer has the diff. Every POST is one, but for questions. */
  readonly isWrite?: true;
  readonly answer: v.GenericSchema;
}

export const ENDPOINTS = {
  me: {
    method: "get",
    path: "/me",
    role: "viewer",
    summary: "Who I am and what I may do",
    answer: answers.MeAnswer,
  },
  status: {
    method: "get",
    path: "/status",
    role: "viewer",
    summary:
      "Pools, origins with their health and shares, rooms, windows, announcements, and every edge's version",
    answer: answers.StatusAnswer,
  },
  series: {
    method: "get",
    path: "/series",
    role: "viewer",
    summary: "What was counted in the last hour or day, step by step, and how origins' states went",
    query: SeriesQuery,
    answer: answers.SeriesAnswer,
  },
  history: {
    method: "get",
    path: "/history",
    role: "viewer",
    summary: "The configuration's versions, newest first",
    query: HistoryQuery,
    answer: answers.HistoryAnswer,
  },
  diff: {
    method: "get",
    path: "/diff",
    role: "viewer",
    summary: "What differs between two versions, value by value; secrets are not shown",
    query: DiffQuery,
    answer: answers.DiffAnswer,
  },
  audit: {
    method: "get",
    path: "/audit",
    role: "viewer",
    summary: "Who did what, when, why, and every value before and after; chained by hashes",
    query: AuditQuery,
    answer: answers.AuditPageAnswer,
  },
  probes: {
    method: "get",
    path: "/probes/:pool",
    role: "viewer",
    summary: "The last probes of a pool's origins, by vantage and origin, newest first",
    answer: answers.ProbesAnswer,
  },
  explain: {
    method: "post",
    path: "/limits/explain",
    role: "viewer",
    summary: "A user's buckets of every limit and the last denials; changes nothing",
    body: edits.ExplainBody,
    answer: answers.ExplainAnswer,
  },
  pin: {
    method: "post",
    path: "/pins",
    role: "operator",
    summary: "A request header that reaches one origin whatever its state, for a short time",
    body: edits.PinBody,
    isWrite: true,
    answer: answers.PinAnswer,
  },
  endSession: {
    method: "post",
    path: "/sessions/end",
    role: "operator",
    summary: "Ends somebody's time in a room",
    body: edits.SessionEndBody,
    isWrite: true,
    answer: answers.SessionEndAnswer,
  },
  change: {
    method: "post",
    path: "/changes",
    role: "operator",
    summary: "Changes weights, service, rooms or announcements, or goes back to a version",
    body: edits.ChangeBody,
    isWrite: true,
    answer: answers.WriteAnswer,
  },
  apply: {
    method: "post",
    path: "/apply",
    role: "operator",
    summary: "Makes a configuration file the one in force; one that changes [admin] needs the role admin",
    body: edits.ApplyBody,
    isWrite: true,
    answer: answers.WriteAnswer,
  },
  exportState: {
    method: "get",
    path: "/state",
    role: "admin",
    summary: "The whole control state: versions, live writes, hashed tokens, audit",
    answer: answers.StateAnswer,
  },
  importState: {
    method: "post",
    path: "/state",
    role: "admin",
    summary: "Takes a state in the place of the one that is there",
    body: edits.ImportBody,
    isWrite: true,
    answer: answers.WriteAnswer,
  },
  tokens: {
    method: "get",
    path: "/tokens",
    role: "admin",
    summary: "Named tokens, without the tokens themselves",
    answer: answers.TokensAnswer,
  },
  addToken: {
    method: "post",
    path: "/tokens",
    role: "admin",
    summary: "Makes a token and shows it once",
    body: edits.TokenAddBody,
    isWrite: true,
    answer: answers.TokenAddAnswer,
  },
  revokeToken: {
    method: "post",
    path: "/tokens/revoke",
    role: "admin",
    summary: "Revokes a token, at once",
    body: edits.TokenRevokeBody,
    isWrite: true,
    answer: answers.TokenRevokeAnswer,
  },
} as const satisfies Record<string, Endpoint>;

type Endpoints = typeof ENDPOINTS;

type None = Record<never, never>;
type ParamOf<Path> = Path extends `${string}/:${infer Name}` ? { param: { [Key in Name]: string } } : None;
type BodyOf<One> = One extends { body: infer Schema extends v.GenericSchema }
  ? { json: v.InferInput<Schema> }
  : None;
type QueryOf<One> = One extends { query: infer Schema extends v.GenericSchema }
  ? { query: v.InferInput<Schema> }
  : None;
type HeaderOf<One> = One extends { isWrite: true } ? { header: { "if-match": string } } : None;

/** A type and no interface: only those have the index that Hono looks for. */
type RouteOf<One extends Endpoint> = {
  input: ParamOf<One["path"]> & BodyOf<One> & QueryOf<One> & HeaderOf<One>;
  output: v.InferOutput<One["answer"]>;
  outputFormat: "json";
  status: 200;
};

type MethodsOf<Path extends string> = {
  [One in Endpoints[keyof Endpoints] as One["path"] extends Path ? `$${One["method"]}` : never]: RouteOf<One>;
};

type Paths = Endpoints[keyof Endpoints]["path"];

/** The API as Hono's `hc` wants its type: `hc<AdminContract>(new URL(ADMIN_PATH, edge).href)`. */
// biome-ignore lint/complexity/noBannedTypes: Hono's own word for an app without bindings
export type AdminContract = Hono<{}, { [Path in Paths]: MethodsOf<Path> }, "/">;
