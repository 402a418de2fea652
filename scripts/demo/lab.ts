// Resources that show what a proxy does to a message: echo, redirects, cookies, encodings, hop-by-hop headers.
import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type Answer, answer, empty, json } from "./answer.ts";
import { numberParameter, READ, type RegionRequest, type Resource } from "./resource.ts";

const TEXT = "余额 balance 1288.00 HKD\n".repeat(500);
const GZIP = gzipSync(TEXT);
const BROTLI = brotliCompressSync(TEXT);

export const LAB: Resource[] = [
  { kind: "answer", path: /^\/echo(?:\/.*)?$/, methods: "any", answer: echo },
  { kind: "answer", path: /^\/redirect$/, methods: READ, answer: redirect },
  { kind: "answer", path: /^\/cookies$/, methods: READ, answer: cookies },
  { kind: "answer", path: /^\/cache-control$/, methods: READ, answer: cacheControl },
  { kind: "answer", path: /^\/gzip$/, methods: READ, answer: () => encoded("gzip", GZIP) },
  { kind: "answer", path: /^\/br$/, methods: READ, answer: () => encoded("br", BROTLI) },
  { kind: "answer", path: /^\/hop$/, methods: READ, answer: hop },
  { kind: "answer", path: /^\/status\/([2-5]\d\d)$/, methods: "any", answer: status },
];

/** What arrived here: the raw header list in its order and case, and the body's digest. */
async function echo({ region, message, method }: RegionRequest): Promise<Answer> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  const headers: [string, string][] = [];
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    headers.push([message.rawHeaders[index] ?? "", message.rawHeaders[index + 1] ?? ""]);
  }
  return json(200, {
    region,
    method,
    url: message.url,
    headers,
    body: { length, sha256: hash.digest("hex") },
  });
}

function redirect({ message, query }: RegionRequest): Answer {
  const status = numberParameter(query, "status", 302);
  const base = query.has("absolute") ? `http://${message.headers.host}` : "";
  return answer(status, "text/plain", "elsewhere\n", [["Location", `${base}/api/balance?from=redirect`]]);
}

function cookies(): Answer {
  return answer(200, "text/plain", "three cookies\n", [
    ["Set-Cookie", "a=1; Path=/; HttpOnly"],
    ["Set-Cookie", "b=2; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT"],
    ["Set-Cookie", "c=3; Path=/api; Secure; SameSite=Strict"],
  ]);
}

/** `?value=public, max-age=60` is what it says to caches. */
function cacheControl({ query }: RegionRequest): Answer {
  return answer(200, "text/plain", "for caches\n", [["Cache-Control", query.get("value") ?? "public"]]);
}

function encoded(encoding: string, body: Buffer): Answer {
  return answer(200, "text/plain; charset=utf-8", body, [
    ["Content-Encoding", encoding],
    ["X-Sha256", createHash("sha256").update(body).digest("hex")],
  ]);
}

function hop(): Answer {
  return answer(200, "text/plain", "hop\n", [
    ["Connection", "keep-alive, X-Secret"],
    ["X-Secret", "for the next hop only"],
    ["Keep-Alive", "timeout=7"],
    ["Proxy-Authenticate", 'Basic realm="inside"'],
    ["Proxy-Connection", "keep-alive"],
    ["X-Public", "for everybody"],
  ]);
}

function status({ parts }: RegionRequest): Answer {
  const code = Number(parts[0]);
  return code === 204 || code === 304
    ? empty(code, [["ETag", '"1"']])
    : answer(code, "text/plain", `${code}\n`);
}
