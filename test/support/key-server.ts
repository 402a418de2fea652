// The server of a key set, as a real one with real faults: down, slow, wrong, too large, elsewhere.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "./cleanup.ts";
import type { SigningKey } from "./tokens.ts";

export type KeyServerMode =
  | "ok"
  /** Breaks the connection. */
  | "down"
  | "error"
  /** Never ends. */
  | "silent"
  | "endless"
  | "garbage"
  | "huge"
  | "redirect";

export interface KeyServer {
  readonly url: string;
  mode: KeyServerMode;
  delayMs: number;
  keys: readonly Pick<SigningKey, "jwk">[];
  /** Requests for the key set so far. */
  asked: number;
  /** Requests for anything else. */
  askedElsewhere: number;
}

export async function startKeyServer(keys: KeyServer["keys"]): Promise<KeyServer> {
  const http = createServer((request, response) => {
    if (request.url !== "/jwks.json") {
      state.askedElsewhere += 1;
      response.end(document());
      return;
    }
    state.asked += 1;
    setTimeout(() => answer(response), state.delayMs);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  atEnd(() => {
    http.closeAllConnections();
    http.close();
  });
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const state: KeyServer = {
    url: `${base}/jwks.json`,
    mode: "ok",
    delayMs: 0,
    keys,
    asked: 0,
    askedElsewhere: 0,
  };
  const document = () => JSON.stringify({ keys: state.keys.map(({ jwk }) => jwk) });

  function answer(response: ServerResponse): void {
    switch (state.mode) {
      case "ok":
        return void response.end(document());
      case "down":
        return void response.destroy();
      case "error":
        return void response.writeHead(500).end(document());
      case "silent":
        return;
      case "endless":
        return void response.write(document().slice(0, 20));
      case "garbage":
        return void response.end('{"keys":[null,7,{"kty":"RSA"},{"kty":"oct","k":"AAAA"}]} ');
      case "huge":
        return void response.end(`${" ".repeat(2 * 1024 * 1024)}${document()}`);
      case "redirect":
        return void response.writeHead(302, { location: `${base}/elsewhere.json` }).end();
    }
  }
  return state;
}
