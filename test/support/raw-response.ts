// Reads an HTTP/1.1 response from bytes, and tells a whole message from one that was cut (RFC 9112, section 6.3 and 8).
export interface RawResponse {
  status: number;
  /** In their order and case. */
  headers: [name: string, value: string][];
  /** Without chunk framing; encodings untouched. */
  body: Buffer;
  /** Whether the framing says that nothing is missing. */
  isComplete: boolean;
}

export function headers(response: Pick<RawResponse, "headers">, name: string): string[] {
  return response.headers
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}

/** All values of a header, joined; undefined when there is none. */
export function header(response: Pick<RawResponse, "headers">, name: string): string | undefined {
  const values = headers(response, name);
  return values.length === 0 ? undefined : values.join(", ");
}

/** Undefined while the head is not whole. Interim answers (1xx, but not 101) are passed over. */
export function parseResponse(bytes: Buffer, isHead: boolean, hasEnded: boolean): RawResponse | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  if (!status) throw new Error(`not an HTTP status line: ${statusLine}`);
  const rest = bytes.subarray(headEnd + 4);
  if (status < 200 && status !== 101) return parseResponse(rest, isHead, hasEnded);
  const list = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status, headers: list, ...readBody(rest, { status, headers: list }, isHead, hasEnded) };
}

type Body = Pick<RawResponse, "body" | "isComplete">;

function readBody(
  bytes: Buffer,
  head: Pick<RawResponse, "status" | "headers">,
  isHead: boolean,
  hasEnded: boolean,
): Body {
  if (isHead || [101, 204, 304].includes(head.status)) return { body: Buffer.alloc(0), isComplete: true };
  if (/chunked/i.test(header(head, "transfer-encoding") ?? "")) return readChunks(bytes);
  const length = header(head, "content-length");
  if (length === undefined) return { body: bytes, isComplete: hasEnded };
  return { body: bytes.subarray(0, Number(length)), isComplete: bytes.length >= Number(length) };
}

function readChunks(bytes: Buffer): Body {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return { body: Buffer.concat(chunks), isComplete: false };
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    const start = lineEnd + 2;
    // Trailers are not read: the last chunk and its line end are enough here.
    if (size === 0) return { body: Buffer.concat(chunks), isComplete: bytes.length >= start + 2 };
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
    if (bytes.length < at) return { body: Buffer.concat(chunks), isComplete: false };
  }
}
