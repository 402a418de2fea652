/** Writes the operators' API as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1), from its endpoints' schemas. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import * as answers from "../src/config/admin/answers.ts";
import * as edits from "../src/config/admin/edits.ts";
import { ADMIN_PATH, ENDPOINTS, type Endpoint } from "../src/config/admin/endpoints.ts";

const FAILURES = {
  "400": "The body or the query does not have the expected form",
  "401": "Nobody who may; one constant body",
  "403": "The role does not suffice, or another site's page asks",
  "404": "There is no such thing",
  "409": "Refused, with the reason",
  "412": "Another write came first",
  "413": "The body is too large",
  "415": "The body is not application/json",
  "422": "A reason is missing, or what is said contradicts itself",
  "428": "If-Match is missing",
  "429": "Too many wrong tokens from this address; Retry-After says until when",
  "503": "No token is configured",
} as const;

const OF_READS = ["401", "403", "429", "503"] as const;
const OF_WRITES = [...OF_READS, "400", "409", "413", "415", "422"] as const;

export function openApiText(): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of Object.entries(ENDPOINTS) as [string, Endpoint][]) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [endpoint.method]: operation(name, endpoint) };
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Tidegate: the operators' API",
      version: "1",
      description:
        "Every write names in If-Match what it is based on, says why, and is answered with the diff.",
    },
    servers: [{ url: ADMIN_PATH }],
    security: [{ token: [] }, { access: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        access: { type: "apiKey", in: "header", name: "Cf-Access-Jwt-Assertion" },
      },
      schemas: components(),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function operation(name: string, endpoint: Endpoint): Record<string, unknown> {
  const parameters = [...pathParameters(endpoint), ...queryParameters(endpoint), ...ifMatch(endpoint)];
  const codes = endpoint.method === "get" ? OF_READS : OF_WRITES;
  const more = endpoint.isWrite ? (["404", "412", "428"] as const) : [];
  return {
    operationId: name,
    summary: endpoint.summary,
    description: `Needs the role ${endpoint.role}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(endpoint.body === undefined
      ? {}
      : { requestBody: { required: true, content: json(reference(endpoint.body)) } }),
    responses: {
      "200": { description: "Done", content: json(reference(endpoint.answer)) },
      ...Object.fromEntries([...codes, ...more].sort().map((code) => [code, failure(code, endpoint)])),
    },
  };
}

/** A refused change answers in the form of a change. */
function failure(code: keyof typeof FAILURES, endpoint: Endpoint): Record<string, unknown> {
  const isOfForm = endpoint.isWrite && ["404", "409", "412"].includes(code);
  const schema = isOfForm ? endpoint.answer : answers.ErrorAnswer;
  return { description: FAILURES[code], content: json(reference(schema)) };
}

function pathParameters({ path }: Endpoint) {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ query }: Endpoint) {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function ifMatch({ isWrite }: Endpoint) {
  if (!isWrite) return [];
  const description = 'What the write is based on: `"12"` (the version) or `"12.5"` (the tag of the status).';
  return [{ name: "If-Match", in: "header", required: true, description, schema: { type: "string" } }];
}

/** Every schema that a module of bodies or answers exports, by its name there. */
const NAMED: ReadonlyMap<GenericSchema, { name: string; typeMode: "input" | "output" }> = new Map(
  [
    ...Object.entries(edits).map(([name, schema]) => ({ name, schema, typeMode: "input" as const })),
    ...Object.entries(answers).map(([name, schema]) => ({ name, schema, typeMode: "output" as const })),
  ].flatMap(({ name, schema, typeMode }) =>
    isSchema(schema) && /(?:Body|Answer)$/.test(name) ? [[schema, { name, typeMode }] as const] : [],
  ),
);

function isSchema(value: unknown): value is GenericSchema {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "schema";
}

function components(): Record<string, unknown> {
  return Object.fromEntries(
    [...NAMED].map(([schema, { name, typeMode }]) => [name, schemaOf(schema, typeMode)]),
  );
}

function reference(schema: GenericSchema): object {
  const named = NAMED.get(schema);
  if (named === undefined) throw new Error("a body or an answer is exported under no name");
  return { $ref: `#/components/schemas/${named.name}` };
}

function schemaOf(schema: GenericSchema, typeMode: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    typeMode,
    errorMode: "ignore",
    target: "draft-2020-12",
  });
  return rest;
}

function json(schema: object) {
  return { "application/json": { schema } };
}
