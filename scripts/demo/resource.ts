// What a demo region serves at a path, and how a request finds it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, empty, json } from "./answer.ts";
import type { Counts } from "./counts.ts";

export interface RegionRequest {
  region: string;
  message: IncomingMessage;
  method: string;
  /** As it came, without the query. */
  path: string;
  query: URLSearchParams;
  /** The path's captured parts. */
  parts: string[];
  counts: Counts;
  /** From here on the region itself ends the connection: its close is not the client's. */
  end(): void;
}

export type Resource = { path: RegExp; methods: readonly string[] | "any" } & (
  | { kind: "answer"; answer(request: RegionRequest): Answer | Promise<Answer> }
  | { kind: "stream"; stream(request: RegionRequest, response: ServerResponse): void | Promise<void> }
);

export const READ = ["GET", "HEAD"] as const;

export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf("?");
  if (mark === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

export type Found =
  | { kind: "resource"; resource: Resource; parts: string[] }
  | { kind: "answer"; answer: Answer };

export function find(resources: readonly Resource[], method: string, path: string, region: string): Found {
  for (const resource of resources) {
    const match = resource.path.exec(path);
    if (!match) continue;
    if (resource.methods === "any" || resource.methods.includes(method)) {
      return { kind: "resource", resource, parts: match.slice(1).map((part) => part ?? "") };
    }
    const allow = [...resource.methods, "OPTIONS"].join(", ");
    if (method === "OPTIONS") return { kind: "answer", answer: empty(204, [["Allow", allow]]) };
    return { kind: "answer", answer: json(405, { error: "method-not-allowed", region }, [["Allow", allow]]) };
  }
  return { kind: "answer", answer: json(404, { error: "not-found", region, path }) };
}

/** A whole number from the query, or the value that stands when there is none. */
export function numberParameter(query: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(query.get(name) ?? otherwise);
  return Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}
