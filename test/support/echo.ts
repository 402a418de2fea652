// What the origin received, as its /echo tells it.
import { type RawResponse, rawRequest, sendRaw } from "./raw.ts";

export interface Echo {
  method: string;
  url: string;
  headers: [name: string, value: string][];
  body: { length: number; sha256: string };
}

/** Sends exactly these header lines through the edge and returns the request as the origin saw it. */
export async function echo(
  url: string,
  lines: readonly string[] = [],
  method = "GET",
  body = "",
): Promise<Echo> {
  return echoOf(await sendRaw(url, rawRequest(url, method, "/echo", lines, body)));
}

export function echoOf(response: RawResponse): Echo {
  if (response.status !== 200) throw new Error(`expected an echo, got ${response.status}: ${response.body}`);
  return JSON.parse(response.body.toString()) as Echo;
}
