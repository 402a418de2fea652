/** Keeps operators' named tokens, hashed, in the Control object's SQLite. */
import type { Role } from "../config/admin/edits.ts";
import type { NamedToken, RefusedAnswer, TokenRequest } from "../config/operator-api.ts";

/** A token with its hash, as it is stored and exported. */
export interface StoredToken extends NamedToken {
  /** Hex. */
  readonly sha256: string;
}

export type WorkedToken = { readonly kind: "token"; readonly token: StoredToken } | RefusedAnswer;

/** Also the revoked ones, which stay for the audit's sake. */
export const MAX_TOKENS = 200;
/** A write each time a token is used would be a write for each poll of a dashboard. */
const USE_EVERY_MS = 60_000;

export class TokenStore {
  readonly #sql: SqlStorage;
  #tokens: readonly StoredToken[];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS tokens (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
    this.#tokens = sql
      .exec<{ value: string }>("SELECT value FROM tokens ORDER BY rowid")
      .toArray()
      .map(({ value }) => JSON.parse(value) as StoredToken);
  }

  all(): readonly StoredToken[] {
    return this.#tokens;
  }

  list(): NamedToken[] {
    return this.#tokens.map(({ sha256: _, ...token }) => token);
  }

  hasUsable(nowMs: number): boolean {
    return this.#tokens.some((token) => isUsable(token, nowMs));
  }

  /** The holder of a token, compared in constant time; undefined when it lets nobody in. */
  find(id: string, sha256: string, nowMs: number): { name: string; role: Role } | undefined {
    const token = this.#tokens.find((one) => one.id === id);
    if (token === undefined || !isSame(token.sha256, sha256) || !isUsable(token, nowMs)) return undefined;
    if (Math.abs(nowMs - (token.usedAtMs ?? 0)) >= USE_EVERY_MS) this.put({ ...token, usedAtMs: nowMs });
    return { name: token.name, role: token.role };
  }

  /** The token as it would be kept. */
  added({ name, role, id, sha256, expiresAtMs, actor }: TokenRequest, nowMs: number): WorkedToken {
    const known = this.#tokens.find((token) => token.name === name);
    // A name is used again only after its token is revoked or over: the audit names people by it.
    if (known !== undefined && isUsable(known, nowMs))
      return refused(`there is a token "${name}" already; revoke it first, or choose another name`);
    if (known === undefined && this.#tokens.length >= MAX_TOKENS)
      return refused(`there are ${MAX_TOKENS} tokens already`);
    if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return refused("the expiry is in the past");
    const end = expiresAtMs === undefined ? {} : { expiresAtMs };
    const token = { name, role, id, sha256, ...end, createdAtMs: nowMs, createdBy: actor.name };
    return { kind: "token", token };
  }

  /** The token as it would be kept. */
  revoked(name: string, nowMs: number): WorkedToken {
    const known = this.#tokens.find((token) => token.name === name);
    if (known === undefined) return refused(`there is no token "${name}"; tidegate token list shows them`);
    if (known.revokedAtMs !== undefined) return refused(`token "${name}" is revoked already`);
    return { kind: "token", token: { ...known, revokedAtMs: nowMs } };
  }

  /** Takes those of a state file in the place of all. */
  replace(tokens: readonly StoredToken[]): void {
    this.#sql.exec("DELETE FROM tokens");
    this.#tokens = [];
    for (const token of tokens) this.put(token);
  }

  /** In the place of one of the same name. */
  put(token: StoredToken): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO tokens (name, value) VALUES (?, ?)",
      token.name,
      JSON.stringify(token),
    );
    const isKnown = this.#tokens.some(({ name }) => name === token.name);
    this.#tokens = isKnown
      ? this.#tokens.map((one) => (one.name === token.name ? token : one))
      : [...this.#tokens, token];
  }
}

function isUsable(
  { revokedAtMs, expiresAtMs = Number.POSITIVE_INFINITY }: NamedToken,
  nowMs: number,
): boolean {
  return revokedAtMs === undefined && nowMs < expiresAtMs;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [new TextEncoder().encode(one), new TextEncoder().encode(other)];
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
}

function refused(reason: string): RefusedAnswer {
  return { kind: "refused", reason };
}
