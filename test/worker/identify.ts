/** An edge that has just started, for tests of who is asking: its own memory of keys and tokens. */
import { vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { type Compiled, compile } from "../../src/edge/compiled.ts";
import { openVisit } from "../../src/edge/visit.ts";
import type { Caller } from "../../src/policy/caller.ts";
import { AUDIENCE, ISSUER } from "../support/tokens.ts";
import type { TomlTable } from "../support/toml.ts";
import { walletToml } from "./support.ts";

export const ADDRESS = "203.0.113.7";
export const JWKS_URL = "https://id.wallet.example/jwks.json";
export const JWT: TomlTable = { jwks: JWKS_URL, issuer: ISSUER, audience: AUDIENCE };

export function compiledWith(identity: TomlTable): Compiled {
  const toml = walletToml({ hk: 1 }, { identity });
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return compile(firstSnapshot(loaded.config, 1), undefined, Date.now(), 0);
}

export interface Identified extends Caller {
  /** False when the request had to wait for nothing. */
  readonly waited: boolean;
}

export async function newIdentifyingEdge(identity: TomlTable, env: { TIDEGATE_JWT_SECRET?: string } = {}) {
  vi.resetModules();
  const { identify } = await import("../../src/edge/identify.ts");
  let snapshot = compiledWith(identity);
  const behind: Promise<unknown>[] = [];
  const ask = async (headers: Record<string, string> = {}): Promise<Identified> => {
    const request = new Request("https://edge.example/api", {
      headers: { "CF-Connecting-IP": ADDRESS, ...headers },
    });
    const visit = openVisit(request, snapshot, Date.now(), { waitUntil: (work) => void behind.push(work) });
    const pending = identify(visit, env);
    await pending;
    return { ...visit.caller, waited: pending !== undefined };
  };
  return {
    ask,
    bearer: (token: string, headers: Record<string, string> = {}) =>
      ask({ Authorization: `Bearer ${token}`, ...headers }),
    /** Another version of the configuration comes into force. */
    take(changed: TomlTable): void {
      snapshot = compiledWith(changed);
    },
    /** Ends when all work behind the requests so far has ended. */
    async settled(): Promise<void> {
      for (let work = behind.shift(); work !== undefined; work = behind.shift()) await work;
    },
  };
}
